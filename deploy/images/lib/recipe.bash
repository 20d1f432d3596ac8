# shellcheck shell=bash
# What every guest image recipe shares. A recipe sources this file and then reads as a list of steps:
#
#   source "$(dirname "${BASH_SOURCE[0]}")/../lib/recipe.bash"
#   recipe_begin "$@"                 # takes WORKDIR OUTPUT, locks WORKDIR, sets traps
#   step download 5 "Downloading packages" fetch_packages …
#   recipe_end
#
# Everything that costs time is a `step`: once it has finished, a stamp in WORKDIR/done lets the next run skip it, so a
# build that was killed anywhere goes on from there. Progress goes to the caller's stdout, all else to stderr.
# Needs no root: files that must belong to the guest's root are only ever handled inside a user namespace (or by root).

set -euo pipefail
set -m # every background job gets its own process group, so that stopping one leaves no grandchild behind
export LC_ALL=C.UTF-8

# As root, mmdebstrap mounts the machine's own /dev/shm and others into the guest's tree. In a mount namespace of the
# build's own they end with it, however it ends: what a killed build leaves never leads the next one's rm out of it.
if [[ $EUID -eq 0 && -z ${ORIEL_OWN_MOUNTS:-} ]] && unshare --mount true 2>/dev/null; then
    export ORIEL_OWN_MOUNTS=yes
    exec unshare --mount --propagation private -- "$0" "$@"
fi

RECIPE_DIR=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
RECIPE_NAME=$(basename "$RECIPE_DIR")
LIB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK='' OUTPUT='' SCRATCH='' JOB='' STEP=start PERCENT=0

# ---- talking to the caller -------------------------------------------------------------------------------------------

# progress PERCENT TEXT: one line for the VM Manager; never goes backwards.
progress() {
    PERCENT=$(($1 > PERCENT ? $1 : PERCENT))
    printf 'oriel-progress %d %s\n' "$PERCENT" "$2" >&3
}

# die TEXT: ends the build; TEXT is the last line on stderr.
die() {
    if [[ -n $WORK ]]; then
        printf '%s\n' "$1" >"$WORK/error"
    else
        printf '%s: %s\n' "$RECIPE_NAME" "$1" >&2
    fi
    exit 1
}

# need COMMAND PACKAGE: stops with the name of the missing package.
need() {
    [[ -n $(PATH=$PATH:/usr/sbin:/sbin type -P "$1") ]] || die "needs package $2"
}

# template_field NAME: a number from the recipe's template.json (flat, one field a line or not).
template_field() {
    grep -o "\"$1\"[[:space:]]*:[[:space:]]*[0-9]*" "$RECIPE_DIR/template.json" | grep -o '[0-9]*$'
}

# ---- life of a build -------------------------------------------------------------------------------------------------

recipe_begin() {
    [[ $# -eq 2 ]] || { echo "usage: build WORKDIR OUTPUT" >&2; exit 2; }
    exec 3>&1 1>&2
    PATH=$PATH:/usr/sbin:/sbin
    mkdir -p "$1/done" "$(dirname "$2")"
    WORK=$(cd "$1" && pwd)
    rm -f "$WORK/error"
    trap on_exit EXIT
    OUTPUT=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
    need apt-get apt
    need flock util-linux
    need qemu-img qemu-utils
    need mke2fs e2fsprogs
    need mmdebstrap mmdebstrap
    [[ $EUID -eq 0 ]] || need newuidmap uidmap
    take_lock
    trap 'exit 143' TERM
    trap 'exit 130' INT
    trap 'exit 129' HUP
    forget_other_recipe
    SCRATCH=$(scratch_path)
    drop_scratch
    progress 0 "Starting"
}

# Steps finished by an earlier form of the recipe are done again; packages fetched are kept.
forget_other_recipe() {
    local now
    now=$(find "$RECIPE_DIR" "$LIB_DIR" -type f -exec sha256sum {} + | sort | sha256sum)
    [[ ! -e $WORK/recipe || $(<"$WORK/recipe") != "$now" ]] || return 0
    rm -rf "$WORK/done" "$WORK/apt/sources.list"
    mkdir "$WORK/done"
    printf '%s\n' "$now" >"$WORK/recipe"
}

# Children inherit the lock, so it also shows work that goes on after its build was killed with -9; that is ended first.
take_lock() {
    local builder started job job_started
    exec 8>>"$WORK/lock"
    if ! flock -n 8; then
        if [[ -e $WORK/job ]] && read -r builder started job job_started <"$WORK/job"; then
            [[ $(start_of "$builder") != "$started" ]] || die "another build works in $WORK"
            [[ $(start_of "$job") != "$job_started" ]] || JOB=$job
            stop_job
            JOB=''
        fi
        flock -w 60 8 || die "another build works in $WORK"
    fi
    rm -f "$WORK/job"
}

# When a process started, in clock ticks since boot: with its number, this names a process for good.
start_of() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    stat=${stat##*) }
    cut -d' ' -f20 <<<"$stat"
}

recipe_end() {
    progress 100 "Ready"
}

on_exit() {
    local status=$?
    trap - EXIT
    trap '' TERM INT HUP
    stop_job
    drop_scratch || true
    [[ -z $OUTPUT ]] || rm -f "$OUTPUT.tmp"
    if [[ -s $WORK/error ]]; then
        printf '%s: %s\n' "$RECIPE_NAME" "$(<"$WORK/error")" >&2
    elif ((status != 0 && status < 128)); then
        printf '%s: step "%s" failed with exit code %d\n' "$RECIPE_NAME" "$STEP" "$status" >&2
    elif ((status >= 128)); then
        printf '%s: stopped in step "%s"; run again to go on\n' "$RECIPE_NAME" "$STEP" >&2
    fi
    exit "$status"
}

# run COMMAND …: like COMMAND, but a signal to this script takes effect at once and ends the command's whole group.
run() {
    "$@" </dev/null &
    JOB=$!
    echo "$$ $(start_of $$) $JOB $(start_of "$JOB")" >"$WORK/job"
    local status=0
    wait "$JOB" || status=$?
    JOB=''
    return "$status"
}

stop_job() {
    [[ -n $JOB ]] || return 0
    kill -TERM -- "-$JOB" 2>/dev/null || return 0
    for _ in {1..25}; do
        kill -0 -- "-$JOB" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$JOB" 2>/dev/null || true
}

# step NAME PERCENT TEXT COMMAND …: runs COMMAND once per WORKDIR.
step() {
    local name=$1 percent=$2 text=$3
    shift 3
    STEP=$name
    progress "$percent" "$text"
    [[ ! -e $WORK/done/$name ]] || return 0
    run "$@"
    sync -f "$WORK"
    touch "$WORK/done/$name"
}

# last_step PERCENT TEXT COMMAND …: the step that makes OUTPUT; never skipped.
last_step() {
    STEP=$2
    progress "$1" "$2"
    shift 2
    run "$@"
}

# ---- files that belong to the guest's root -----------------------------------------------------------------------------

# as_root COMMAND …: as root, or as root of a user namespace made of the caller's subordinate ids.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    else
        (cd / && mmdebstrap --unshare-helper "$@") # the namespace's root may not enter where the caller stands
    fi
}

# The namespace's root is another user to the host: it can only work below directories that everybody may enter. Homes
# often are not, so then the scratch files go to /var/tmp, under a name that the next run finds again.
scratch_path() {
    if [[ $EUID -eq 0 ]] || mmdebstrap --unshare-helper test -x "$WORK" 2>/dev/null; then
        echo "$WORK/scratch"
    else
        echo "/var/tmp/oriel-image-$EUID-$(printf %s "$WORK" | sha256sum | cut -c1-12)"
    fi
}

drop_scratch() {
    [[ -n $SCRATCH && -e $SCRATCH ]] || return 0
    # Some files are the caller's, some the namespace's root's: each may remove only its own.
    rm -rf --one-file-system "$SCRATCH" 2>/dev/null || {
        as_root find "$SCRATCH" -xdev -mindepth 1 -delete 2>/dev/null || true
        rm -rf --one-file-system "$SCRATCH"
    }
}

make_scratch() {
    mkdir "$SCRATCH"
    chmod 0777 "$SCRATCH"
}

# ---- Debian packages, from wherever this machine gets its own -----------------------------------------------------------

# The suites of the machine's own configuration that are Debian's, as one-line sources.
debian_sources() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' \
        | awk -v suite="$SUITE" '
            $3 == "main" && ($4 == "Debian" || $4 ~ /^\$|^$/) &&
            ($2 == suite || $2 == suite "-updates" || $2 == suite "-security") { print "deb", $1, $2, $3 }' | sort -u
}

# A private apt below WORKDIR: the machine's sources, keys and proxy settings, but no lock, cache or root shared with it.
prepare_apt() {
    SUITE=$(. /etc/os-release && [[ $ID == debian ]] && echo "${VERSION_CODENAME:-}") || true
    [[ -n $SUITE ]] || SUITE=bookworm
    APT=$WORK/apt
    mkdir -p "$APT"/{keys,lists/partial,debs/partial,none}
    [[ -s $APT/sources.list ]] || debian_sources >"$APT/sources.list"
    [[ -s $APT/sources.list ]] || die "no Debian $SUITE package source is configured on this machine (/etc/apt/sources.list.d)"
    local key
    for key in /etc/apt/trusted.gpg.d/*.{gpg,asc} /usr/share/keyrings/debian-archive-keyring.gpg; do
        [[ ! -r $key ]] || cp -f "$key" "$APT/keys/"
    done
    : >"$APT/status"
    apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https|ftp|Retries|ForceIPv)' >"$APT/transport.conf" || true
    cat "$APT/transport.conf" - >"$APT/apt.conf" <<CONF
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$APT";
Dir::State::Lists "$APT/lists";
Dir::State::status "$APT/status";
Dir::Cache "$APT";
Dir::Cache::archives "$APT/debs";
Dir::Etc::parts "$APT/none";
Dir::Etc::main "$APT/none.conf";
Dir::Etc::sourcelist "$APT/sources.list";
Dir::Etc::sourceparts "$APT/none";
Dir::Etc::preferences "$APT/none.pref";
Dir::Etc::preferencesparts "$APT/none";
Dir::Etc::trusted "$APT/none.gpg";
Dir::Etc::trustedparts "$APT/keys";
quiet "2";
CONF
}

private_apt() {
    APT_CONFIG=$APT/apt.conf apt-get "$@"
}

# fetch_packages FROM TO PACKAGE …: the packages and all they depend on into WORKDIR/apt/debs; goes on with half a file.
# Reports as FROM to TO percent.
fetch_packages() {
    local from=$1 to=$2
    shift 2
    prepare_apt
    private_apt update
    private_apt install --download-only --yes -o APT::Status-Fd=4 "$@" 4> >(download_progress "$from" "$to")
}

# fetch_exactly FROM TO PACKAGE …: the packages alone; a metapackage (linux-image-…) also brings the one it stands for.
fetch_exactly() {
    local from=$1 to=$2 name
    shift 2
    prepare_apt
    private_apt update
    local names=("$@")
    for name in "$@"; do
        [[ $name != linux-image-* ]] || names+=("$(metapackage_target "$name")")
    done
    (cd "$APT/debs" && private_apt download -o APT::Status-Fd=4 "${names[@]}" 4> >(download_progress "$from" "$to"))
}

metapackage_target() {
    APT_CONFIG=$APT/apt.conf apt-cache depends "$1" | awk '$1 == "Depends:" { print $2; exit }'
}

download_progress() {
    local kind percent _
    while IFS=: read -r kind _ percent _; do
        [[ $kind == dlstatus ]] || continue
        local now=$(($1 + (${percent%.*} * ($2 - $1)) / 100))
        ((now > PERCENT)) || continue
        progress "$now" "Downloading packages"
    done
}

# unpack_packages DIR PACKAGE …: the plain files of packages fetched before, without running any of their scripts.
unpack_packages() {
    local dir=$1 name deb
    shift
    mkdir -p "$dir"
    for name in "$@"; do
        for deb in "$WORK"/apt/debs/${name}_*.deb; do # the name may be a pattern
            dpkg-deb -x "$deb" "$dir"
        done
    done
}

# ---- a disk that boots by BIOS -------------------------------------------------------------------------------------------

GRUB_PACKAGES=(grub-common grub-pc-bin libc6 libdevmapper1.02.1 liblzma5 libselinux1 libudev1 libpcre2-8-0)
CORE_LIMIT=$((1024 * 1024))       # bytes; GRUB's core image lives between the boot sector and here
ROOT_OFFSET=$((32 * 1024 * 1024)) # bytes; from CORE_LIMIT to here lie the kernel and its initrd, each in one piece

# make_loader DIR KERNEL INITRD OPTIONS: what starts the kernel at once, without a menu, as files in DIR: boot.img and
# core.img of GRUB (its own tool runs from the unpacked packages) and the payload it loads. The payload is read by sector
# number instead of from the file system: under emulation that takes a third of the time.
make_loader() {
    local dir=$1 tree=$WORK/grub-tree kernel initrd libs
    rm -rf "$tree" "$dir"
    unpack_packages "$tree" "${GRUB_PACKAGES[@]}"
    mkdir -p "$dir"
    cp "$2" "$dir/payload"
    truncate -s %512 "$dir/payload"
    kernel="$((CORE_LIMIT / 512))+$(($(stat -c %s "$dir/payload") / 512))"
    initrd=$((CORE_LIMIT / 512 + $(stat -c %s "$dir/payload") / 512))
    cat "$3" >>"$dir/payload"
    truncate -s %512 "$dir/payload"
    initrd+="+$((($(stat -c %s "$3") + 511) / 512))"
    (($(stat -c %s "$dir/payload") <= ROOT_OFFSET - CORE_LIMIT)) || die "kernel and initrd are too big for their place"
    printf '%s\n' "linux16 (hd0)$kernel $4" "initrd16 (hd0)$initrd" boot >"$dir/grub.cfg"
    libs=$(find "$tree" -type d -name x86_64-linux-gnu | paste -sd:)
    "$(find "$tree" -name 'ld-linux-x86-64.so.2' | head -n 1)" --library-path "$libs" "$tree/usr/bin/grub-mkimage" \
        -O i386-pc -d "$tree/usr/lib/grub/i386-pc" -p '(hd0)' -c "$dir/grub.cfg" -o "$dir/core.img" biosdisk linux16
    cp "$tree/usr/lib/grub/i386-pc/boot.img" "$dir/boot.img"
    rm -rf "$tree"
}

# bytes_le WIDTH NUMBER: the number as WIDTH little-endian bytes.
bytes_le() {
    local width=$1 number=$2 i
    for ((i = 0; i < width; i++)); do
        printf '%b' "\\x$(printf %02x $(((number >> (8 * i)) & 255)))"
    done
}

patch_bytes() { # FILE OFFSET, bytes on stdin
    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# boot_area DIR DISK: boot sector, partition table, GRUB and its payload before DISK's one partition.
# The one partition claims all a partition table can hold: Linux cuts it to the disk's true end, so a bigger overlay
# needs no repartitioning, only the file system is grown (by the guest, at its next boot).
boot_area() {
    local dir=$1 disk=$2 core_sectors
    core_sectors=$((($(stat -c %s "$dir/core.img") + 511) / 512))
    ((core_sectors < CORE_LIMIT / 512)) || die "GRUB does not fit into its place"
    dd if="$dir/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
    {
        printf '\x80\xfe\xff\xff\x83\xfe\xff\xff'
        bytes_le 4 $((ROOT_OFFSET / 512))
        bytes_le 4 $((0xFFFFFFFF - ROOT_OFFSET / 512))
    } | patch_bytes "$disk" 446
    printf '\x55\xaa' | patch_bytes "$disk" 510
    dd if="$dir/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
    dd if="$dir/payload" of="$disk" bs=$CORE_LIMIT seek=1 conv=notrunc status=none
    # GRUB's first sector loads the others by this list: from sector 2, all that remain, to segment 0x820.
    { bytes_le 8 2; bytes_le 2 $((core_sectors - 1)); bytes_le 2 $((0x820)); } | patch_bytes "$disk" $((512 + 0x1f4))
}

# fill_root TAR DISK GIB OPTIONS …: the tar's files, with their owners, as an ext4 file system in DISK.
fill_root() {
    local tar=$1 disk=$2 gib=$3
    shift 3
    mkdir "$SCRATCH/root"
    chmod 0777 "$SCRATCH/root"
    # shellcheck disable=SC2016
    as_root sh -euc '
        dir=$1 disk=$2 offset=$3 kib=$4
        shift 4
        mkdir "$dir/tree"
        tar -x -p --numeric-owner --exclude="./dev/*" -C "$dir/tree" -f -
        chown 0:0 "$dir/tree"
        chmod 0755 "$dir/tree"
        mke2fs -q -F -t ext4 -L oriel -m 1 -O ^metadata_csum_seed,^orphan_file \
            -E "offset=$offset,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard" "$@" \
            -d "$dir/tree" "$disk" "${kib}k"
    ' sh "$SCRATCH/root" "$disk" "$ROOT_OFFSET" $((gib * 1024 * 1024 - ROOT_OFFSET / 1024)) "$@" <"$tar"
}

# make_disk TAR LOADERDIR GIB OPTIONS …: OUTPUT, complete or not at all. OPTIONS are mke2fs's.
make_disk() {
    local tar=$1 loader=$2 gib=$3
    shift 3
    drop_scratch
    make_scratch
    truncate -s "${gib}G" "$SCRATCH/disk.raw"
    chmod 0666 "$SCRATCH/disk.raw"
    fill_root "$tar" "$SCRATCH/disk.raw" "$gib" "$@"
    boot_area "$loader" "$SCRATCH/disk.raw"
    qemu-img convert -f raw -O qcow2 -o lazy_refcounts=off "$SCRATCH/disk.raw" "$OUTPUT.tmp"
    sync "$OUTPUT.tmp"
    mv "$OUTPUT.tmp" "$OUTPUT"
    drop_scratch
}
