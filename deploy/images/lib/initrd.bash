# shellcheck shell=bash
# A small initial RAM disk of static BusyBox and the modules that lead to the root disk. Not compressed: reading a few MB
# from the disk is quicker than unpacking them on an emulated CPU.

# copy_modules TREE DIR NAME …: modules of an unpacked kernel package, flat, without signatures.
copy_modules() {
    local tree=$1 dir=$2 name
    shift 2
    mkdir -p "$dir"
    for name in "$@"; do
        find "$tree/lib/modules" -name "$name.ko" -exec cp -t "$dir" {} +
        [[ -e $dir/$name.ko ]] || die "the kernel package has no module $name"
        drop_signature "$dir/$name.ko"
    done
}

# Checking RSA signatures costs an emulated CPU 50 ms a module, and Debian's kernel does not insist on them. A signed
# module ends in: signature, its length (4 bytes, big-endian), 28 bytes of text.
drop_signature() { # FILE
    [[ $(tail -c 28 "$1" | tr -d '\n\0') == "~Module signature appended~" ]] || return 0
    local length
    length=$(tail -c 32 "$1" | head -c 4 | od -An -v -tu1 | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }')
    truncate -s "-$((length + 12 + 28))" "$1"
}

# make_initrd TREE DIR FILE MODULE …: FILE from DIR (made anew); modules are loaded in the order given.
make_initrd() {
    local tree=$1 dir=$2 file=$3
    shift 3
    rm -rf "$dir"
    mkdir -p "$dir"/{bin,dev,root}
    cp "$tree/bin/busybox" "$dir/bin/"
    copy_modules "$tree" "$dir/modules" "$@"
    printf '%s\n' "$@" >"$dir/modules/order"
    install -m 0755 "$LIB_DIR/init" "$dir/init"
    [[ ! -e $RECIPE_DIR/banner ]] || cp "$RECIPE_DIR/banner" "$dir/banner"
    (cd "$dir" && find . | "$tree/bin/busybox" cpio -o -H newc -R 0:0) >"$file"
}
