#!/bin/bash
# Runs a command in the guest of tests/vm/build.sh, in the present folder: run.sh COMMAND [ARGUMENT...]
# The guest sees the host's file system read-only, a writable /run, and DAHDI. Its exit status is the command's;
# 99 means that the guest did not get that far. TRUNKBENCH_VM_SECONDS bounds it (default 600).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT...]" >&2; exit 2; }
guest=$("$here/build.sh")
job=$(mktemp -d)
trap 'rm -rf "$job"' EXIT

{
    for name in $(compgen -e | grep -E '^(TRUNKBENCH_|PYTEST|PYTHON|LANG$|LC_)' || true); do
        printf 'export %s=%q\n' "$name" "${!name}"
    done
    printf 'export TRUNKBENCH_VM=1\ncd %q\n' "$PWD"
    printf '%q ' "$@"
    printf '\n'
} >"$job/job.sh"

# KVM cannot be counted on inside another virtual machine, so the guest is interpreted. With icount its clock
# counts instructions: a slow or busy host makes the run longer, never the guest's real time scarce.
timeout "${TRUNKBENCH_VM_SECONDS:-600}" qemu-system-x86_64 \
    ${TRUNKBENCH_VM_ACCEL:--accel tcg,thread=single -icount shift=0,sleep=off -smp 1} -cpu Nehalem -m 1024 \
    -nodefaults -no-reboot -nographic -monitor none -serial stdio \
    -kernel "$guest/vmlinuz" -initrd "$guest/initramfs" -append "console=ttyS0 panic=-1 quiet" \
    -fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=root,mount_tag=hostroot \
    -fsdev local,id=job,path="$job",security_model=none -device virtio-9p-pci,fsdev=job,mount_tag=job \
    </dev/null | tr -d '\r' | tee "$job/console" || true

if ! grep -q '^GUEST-RC ' "$job/console"; then
    echo "run.sh: the guest ended without a result (time is up, or see above)" >&2
    exit 99
fi
exit "$(sed -n 's/^GUEST-RC //p' "$job/console" | tail -n 1)"
