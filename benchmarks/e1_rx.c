/* The C receivers that `e1-rx` is measured against. Both find the alignment bit by bit, check timeslot 0 of each
 * frame, put the octets into their slots and compare the CRC-4 of each block. `receive_bits` runs the CRC-4 as
 * G.704 2.3.3.5 draws it, a shift register fed bit by bit; `receive_octets` uses a table for each octet.
 * Frames have 256 bits in `octets` octets of line; `slots` is slot-major with room for `room` frames. They return
 * the number of frames; `errors` gets the number of CRC-4 blocks that differ. */
#include <stddef.h>
#include <stdint.h>

static uint8_t table[16][256];

void prepare(void)
{
    for (int state = 0; state < 16; state++)
        for (int octet = 0; octet < 256; octet++) {
            int crc = state;
            for (int bit = 7; bit >= 0; bit--) {
                int feedback = ((octet >> bit) & 1) ^ ((crc >> 3) & 1);
                crc = (crc << 1) & 15;
                if (feedback)
                    crc ^= 3;
            }
            table[state][octet] = (uint8_t)crc;
        }
}

static uint8_t octet_at(const uint8_t *line, size_t bit)
{
    const uint8_t *at = line + bit / 8;
    unsigned shift = bit % 8;
    return shift ? (uint8_t)(at[0] << shift | at[1] >> (8 - shift)) : at[0];
}

static int crc_by_bits(int crc, uint8_t octet)
{
    for (int bit = 7; bit >= 0; bit--) {
        int feedback = ((octet >> bit) & 1) ^ ((crc >> 3) & 1);
        crc = (crc << 1) & 15;
        if (feedback)
            crc ^= 3;
    }
    return crc;
}

static size_t aligned_at(const uint8_t *line, size_t bits)
{
    size_t start = 0;
    for (; start + 3 * 256 <= bits; start++)
        if ((octet_at(line, start) & 0x7f) == 0x1b && (octet_at(line, start + 256) & 0x40) &&
            (octet_at(line, start + 512) & 0x7f) == 0x1b)
            return start;
    return bits;
}

#define RECEIVER(name, CRC)                                                                               \
    size_t name(const uint8_t *line, size_t octets, uint8_t *slots, size_t room, size_t *errors)          \
    {                                                                                                     \
        size_t bits = octets * 8, frames = 0;                                                             \
        int crc = 0, expected = -1, carried = 0, number = 0;                                              \
        *errors = 0;                                                                                      \
        for (size_t bit = aligned_at(line, bits); bit + 256 <= bits && frames < room; bit += 256, frames++) { \
            uint8_t first = octet_at(line, bit);                                                          \
            if (number % 2 ? !(first & 0x40) : (first & 0x7f) != 0x1b)                                    \
                break;                                                                                    \
            if (number % 2 == 0)                                                                          \
                carried = carried << 1 | first >> 7;                                                      \
            for (int slot = 0; slot < 32; slot++) {                                                       \
                uint8_t octet = octet_at(line, bit + 8 * slot);                                           \
                slots[slot * room + frames] = octet;                                                      \
                if (slot == 0 && number % 2 == 0)                                                         \
                    octet &= 0x7f;                                                                        \
                crc = CRC;                                                                                \
            }                                                                                             \
            if (++number == 8) {                                                                          \
                if (expected >= 0 && carried != expected)                                                 \
                    ++*errors;                                                                            \
                expected = crc;                                                                           \
                crc = carried = number = 0;                                                               \
            }                                                                                             \
        }                                                                                                 \
        return frames;                                                                                    \
    }

RECEIVER(receive_bits, crc_by_bits(crc, octet))
RECEIVER(receive_octets, table[crc][octet])
