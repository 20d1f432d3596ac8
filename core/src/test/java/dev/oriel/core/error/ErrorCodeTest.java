package dev.oriel.core.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {
    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void everyCode_fitsItsProtocols(ErrorCode code) {
        assertThat(code.status()).isBetween(400, 599);
        assertThat(code.closeCode())
                .satisfiesAnyOf(
                        close -> assertThat(close).isBetween(1002, 1013),
                        close -> assertThat(close).isBetween(4000, 4999));
        assertThat(code.slug()).matches("[a-z]+(-[a-z]+)*");
        assertThat(ErrorCode.ofSlug(code.slug())).contains(code);
        assertThat(code.hint()).endsWith(".");
    }

    @Test
    void titles_areUnique() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::title)).doesNotHaveDuplicates();
    }
}
