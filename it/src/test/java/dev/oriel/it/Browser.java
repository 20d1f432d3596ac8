package dev.oriel.it;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The machine's own Chromium, headless, with one page on one Oriel. */
final class Browser implements AutoCloseable {
    private static final double TIMEOUT_MILLIS = 60_000;
    private static final Path SCREENSHOTS = Path.of("target/screenshots");

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser browser;
    private final Page page;

    private Browser(Playwright playwright, com.microsoft.playwright.Browser browser, Page page) {
        this.playwright = playwright;
        this.browser = browser;
        this.page = page;
    }

    static Browser open(RunningOriel oriel) {
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        com.microsoft.playwright.Browser browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of("/usr/bin/chromium"))
                        .setChromiumSandbox(false)
                        .setArgs(List.of(
                                "--disable-gpu",
                                "--disable-quic",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
        // The certificate is Oriel's own: trusting it is tested with the HTTP client, not here.
        BrowserContext context = browser.newContext(new com.microsoft.playwright.Browser.NewContextOptions()
                .setBaseURL(oriel.url())
                .setIgnoreHTTPSErrors(true)
                .setViewportSize(1280, 860));
        Page page = context.newPage();
        page.setDefaultTimeout(TIMEOUT_MILLIS);
        page.onConsoleMessage(message -> System.out.println("[browser] " + message.type() + ": " + message.text()));
        page.onPageError(error -> System.out.println("[browser] error: " + error));
        return new Browser(playwright, browser, page);
    }

    Page page() {
        return page;
    }

    /** Keeps a picture of the page beside the test reports, for people. */
    byte[] picture(String name) {
        try {
            Files.createDirectories(SCREENSHOTS);
            return page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
