package dev.oriel.core.image.inspect;

import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Decides about an image file that a stranger gave, by reading it with bounds and never trusting it. The rules: it
 * bears the signature of exactly one known format, the declared one; it refers to no other file; every table and
 * cluster it names lies inside it and is used once; its disk is not larger than allowed. Whatever a tool would only
 * find out while it opens the file is found out here first, because opening is already the attack. Reads at most the
 * file's tables; memory is bounded by {@link ClusterUse}. Stateless and thread-safe.
 */
public final class ImageInspector {
    private static final int SECTOR = 512;

    private ImageInspector() {}

    /**
     * Judges {@code file}.
     *
     * @param declared what its owner says it is; empty: it is what its bytes say
     * @param largest virtual size that is still accepted
     * @throws IOException when the file cannot be read; nothing about the image is decided then
     */
    public static ImageVerdict inspect(Path file, Optional<ImageFormat> declared, Bytes largest) throws IOException {
        try (ImageBytes image = ImageBytes.open(file)) {
            ImageFormat format = formatOf(image, declared);
            long size = switch (format) {
                case QCOW2 -> Qcow2Inspector.virtualSize(image, largest);
                case VMDK -> VmdkInspector.virtualSize(image, largest);
                case ISO -> IsoInspector.virtualSize(image);
                case RAW -> rawSize(image);
            };
            RefusedImageException.require(
                    size <= largest.value(), "Its disk is larger than the " + largest.value() + " bytes allowed.");
            return new ImageVerdict.Accepted(format, new Bytes(size));
        } catch (RefusedImageException e) {
            return new ImageVerdict.Refused(String.valueOf(e.getMessage()));
        }
    }

    private static ImageFormat formatOf(ImageBytes image, Optional<ImageFormat> declared)
            throws IOException, RefusedImageException {
        RefusedImageException.require(image.length() > 0, "It is empty.");
        Set<Signature> found = Signature.of(image);
        RefusedImageException.require(
                found.size() <= 1, "It bears the signatures of more than one format: nobody can say what it is.");
        Iterator<Signature> one = found.iterator();
        Optional<Signature> signature = one.hasNext() ? Optional.of(one.next()) : Optional.empty();
        ImageFormat real = signature.isPresent() ? known(signature.get()) : ImageFormat.RAW;
        if (declared.isPresent()) {
            RefusedImageException.require(
                    declared.get() == real,
                    "It is declared as " + declared.get().name().toLowerCase(Locale.ROOT) + ", but it is "
                            + signature.map(Signature::words).orElse("no image of that format") + ".");
        } else if (real == ImageFormat.RAW) {
            RefusedImageException.require(
                    !Signature.isArchive(image), "It is a compressed file or an archive: unpack it first.");
        }
        return real;
    }

    private static ImageFormat known(Signature signature) throws RefusedImageException {
        return switch (signature) {
            case QCOW -> ImageFormat.QCOW2;
            case VMDK -> ImageFormat.VMDK;
            case ISO -> ImageFormat.ISO;
            case VHD, VHDX, VDI, QED, LUKS, PARALLELS, BOCHS, CLOOP, DMG, SESPARSE ->
                throw new RefusedImageException(
                        "It is " + signature.words() + ", which is not taken: convert it to qcow2 first.");
        };
    }

    private static long rawSize(ImageBytes image) throws RefusedImageException {
        RefusedImageException.require(
                image.length() % SECTOR == 0, "A raw disk is a whole number of sectors of 512 bytes; this is not.");
        return image.length();
    }
}
