package dev.oriel.api.upload;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What an upload is for. Recorded at the upload and never guessed again. */
public enum UploadKind {
    /** A disc to boot from. */
    ISO,
    /** A disk that becomes a template. */
    DISK,
    /** Stored and given back; never attachable to a VM. */
    FILE;

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<UploadKind> of(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }
}
