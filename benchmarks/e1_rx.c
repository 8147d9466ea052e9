/* The plain C receiver that `e1-rx` is measured against: find the alignment bit by bit, then for each frame
 * check timeslot 0, put the octets into their slots, and run the CRC-4 octet by octet with a table.
 * Receives frames of 256 bits in `octets` octets of line; `slots` is slot-major with room for `room` frames.
 * Returns the number of frames; `errors` gets the number of CRC-4 blocks that differ, `offset` the first bit. */
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

size_t receive(const uint8_t *line, size_t octets, uint8_t *slots, size_t room, size_t *offset, size_t *errors)
{
    size_t bits = octets * 8, start = 0, frames = 0;
    int crc = 0, expected = -1, carried = 0, number = 0;
    for (;; start++) {
        if (start + 3 * 256 > bits)
            return 0;
        if ((octet_at(line, start) & 0x7f) == 0x1b && (octet_at(line, start + 256) & 0x40) &&
            (octet_at(line, start + 512) & 0x7f) == 0x1b)
            break;
    }
    *offset = start;
    *errors = 0;
    for (size_t bit = start; bit + 256 <= bits && frames < room; bit += 256, frames++) {
        uint8_t first = octet_at(line, bit);
        if (number % 2 ? !(first & 0x40) : (first & 0x7f) != 0x1b)
            break;
        if (number % 2 == 0)
            carried = carried << 1 | first >> 7;
        for (int slot = 0; slot < 32; slot++) {
            uint8_t octet = octet_at(line, bit + 8 * slot);
            slots[slot * room + frames] = octet;
            if (slot == 0 && number % 2 == 0)
                octet &= 0x7f;
            crc = table[crc][octet];
        }
        if (++number == 8) {
            if (expected >= 0 && carried != expected)
                ++*errors;
            expected = crc;
            crc = carried = number = 0;
        }
    }
    return frames;
}
