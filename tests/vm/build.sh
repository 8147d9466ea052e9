#!/bin/bash
# Builds the guest for tests/vm/run.sh: a Debian kernel, the DAHDI modules compiled from Debian's source, and an
# initramfs that loads them and then works on the host's own file system. Prints the folder that holds the
# result. What was built is kept outside the checkout, one folder for each kernel version, DAHDI version and
# state of the scripts, so only the first run downloads and compiles (about a minute).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/trunkbench/vm
packages=(qemu-system-x86 busybox-static cpio make gcc kmod binutils linux-headers-amd64)

fail() { echo "tests/vm/build.sh: $*" >&2; exit 1; }

missing=()
for package in "${packages[@]}"; do
    if [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
        missing+=("$package")
    fi
done
[ "${#missing[@]}" = 0 ] \
    || fail "these Debian packages are missing: apt-get install --no-install-recommends ${missing[*]}"

kernel=$(basename "$(dirname "$(ls -d /lib/modules/*-amd64/build | sort -V | tail -n 1)")")
version=$(apt-cache show --no-all-versions dahdi-dkms 2>/dev/null | sed -n 's/^Version: //p' | tr -c 'A-Za-z0-9.\n' -)
[ -n "$version" ] || fail "apt does not know dahdi-dkms: run apt-get update"
scripts=$(cat "$here/build.sh" "$here/guest-init" | sha256sum | cut -c 1-12)
guest=$cache/$kernel-dahdi-$version-$scripts
if [ -e "$guest/initramfs" ]; then
    echo "$guest"
    exit 0
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/building-XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$work/log
exec 3>&1 >"$log" 2>&1
trouble() { sed -e 's/^/    /' "$log" | tail -n 30 >&3; echo "tests/vm/build.sh: the guest could not be built" >&3; }
trap trouble ERR

cd "$work"
mkdir packages unpacked modules
(cd packages && apt-get download -o APT::Sandbox::User=root "linux-image-$kernel" dahdi-dkms)
for package in packages/*.deb; do dpkg-deb -x "$package" unpacked; done

# Only what a span in software needs: the core, the dynamic spans, and those that are joined locally.
source=$(echo unpacked/usr/src/dahdi-*)
cp "$source"/drivers/dahdi/{dahdi-base,dahdi-sysfs,dahdi-sysfs-chan,dahdi-version,dahdi_dynamic,dahdi_dynamic_loc}.c \
    "$source"/drivers/dahdi/*.h modules/
cat >modules/Kbuild <<KBUILD
obj-m := dahdi.o dahdi_dynamic.o dahdi_dynamic_loc.o
dahdi-objs := dahdi-base.o dahdi-sysfs.o dahdi-sysfs-chan.o dahdi-version.o
ccflags-y := -I$work/$source/include -I$work/$source/drivers/dahdi
KBUILD
make -C "/lib/modules/$kernel/build" M="$work/modules" -j "$(nproc)" modules

# The initramfs: busybox, the modules, and the order in which they load.
root=$work/root
mkdir -p "$root"/{bin,proc,sys,dev,modules,newroot}
cp /bin/busybox "$root/bin/busybox"
for tool in sh mount insmod mkdir cat chroot poweroff dmesg; do ln -s busybox "$root/bin/$tool"; done
/sbin/depmod -b unpacked "$kernel"
for module in virtio_pci 9pnet_virtio 9p crc_ccitt; do
    /sbin/modprobe -d unpacked -S "$kernel" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r module; do
    cp "$module" "$root/modules/"
    echo "${module##*/}" >>"$root/modules/order"
done
for module in dahdi dahdi_dynamic dahdi_dynamic_loc; do
    strip --strip-debug "modules/$module.ko" -o "$root/modules/$module.ko"
done
install -m 755 "$here/guest-init" "$root/init"
(cd "$root" && find . | cpio --create --format newc --quiet | gzip -1) >initramfs.new

result=$work/result
mkdir "$result"
cp "unpacked/boot/vmlinuz-$kernel" "$result/vmlinuz"
mv initramfs.new "$result/initramfs"
rm -rf "$guest"
mv "$result" "$guest"
echo "$guest" >&3
