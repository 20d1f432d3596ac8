package dev.oriel.api.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class NextPageTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"/pages/files", "/pages/console/7d3f7c1e-0f0a-4a51-8a3f-8f1d3a9e1c11", "/pages/usage?a=b#c"})
    void ownPages_areKept(String wanted) {
        assertThat(NextPage.of(wanted)).isEqualTo(wanted);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "//evil.example/pages/desktops",
                "/\\evil.example/pages/desktops",
                "https://evil.example/pages/desktops",
                "javascript:alert(1)",
                "/api/auth/me",
                "/pages/../api/vm",
                "/pages/login?next=/pages/login",
                "/pages/register",
                "/pages/de sktops",
                "/pages/x\r\nSet-Cookie: a=b",
                "pages/files"
            })
    void everythingElse_leadsHome(String wanted) {
        assertThat(NextPage.of(wanted)).isEqualTo("/pages/desktops");
    }

    @Test
    void login_bringsThePageAlong() {
        assertThat(NextPage.login("/pages/files?a=b")).isEqualTo("/pages/login?next=%2Fpages%2Ffiles%3Fa%3Db");
    }
}
