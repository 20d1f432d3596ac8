package dev.oriel.api.account;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsernamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"ann", "Ann.Lee-2_x", "李小龙", "Straße", "žofie", "a-b"})
    void names(String name) {
        assertThat(Usernames.shown(name)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ab",
                "a b c",
                ".abc",
                "-abc",
                "abc\n",
                "a/../b",
                "a\u0000bc",
                "a\u202Ebc",
                "a\u200Bbc",
                "<b>x</b>",
                "123456789012345678901234567890123",
                "a@b.c",
                "%41bc"
            })
    void noNames(String name) {
        assertThat(Usernames.shown(name)).isEmpty();
    }

    @Test
    void sameName_whateverItsCaseOrForm() {
        assertThat(Usernames.key("ＢＯＢ")).isEqualTo(Usernames.key("bob"));
        assertThat(Usernames.key("STRASSE")).isEqualTo(Usernames.key("straße"));
        assertThat(Usernames.key("ΣΊΣΥΦΟΣ")).isEqualTo(Usernames.key("σίσυφος"));
        assertThat(Usernames.key("e\u0301va")).isEqualTo(Usernames.key("Éva"));
        assertThat(Usernames.key("bob")).isNotEqualTo(Usernames.key("rob"));
    }

    @Test
    void keyOfAKey_isItself() {
        for (String name : new String[] {"Straße", "ﬃx", "ΣΊΣΥΦΟΣ", "İstanbul"}) {
            assertThat(Usernames.key(Usernames.key(name))).isEqualTo(Usernames.key(name));
        }
    }
}
