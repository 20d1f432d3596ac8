package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.FilePayload;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files by the page in Chromium and by the command line, on real parts. */
@ExtendWith(SharedOriel.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FilesIT {
    private static final String PASSWORD = "correct horse battery 7";

    private final RunningOriel oriel;

    @TempDir
    Path directory = Path.of("unset");

    FilesIT(RunningOriel oriel) {
        this.oriel = oriel;
    }

    @Test
    void uploadedIso_bootsByOneClick_andAFileGoesInAsADisc() {
        try (Browser browser = Browser.open(oriel)) {
            Page page = browser.page();
            page.navigate("/pages/register");
            page.locator("#username").fill("u" + UUID.randomUUID().toString().substring(0, 12));
            page.locator("#password").fill(PASSWORD);
            page.getByTestId("register").click();
            page.waitForURL("**/pages/desktops");
            page.navigate("/pages/files");
            page.getByTestId("file-input").setInputFiles(new FilePayload[] {
                new FilePayload("red.iso", "application/octet-stream", BootableDisc.bytes()),
                new FilePayload("note.txt", "text/plain", "hello".getBytes(StandardCharsets.UTF_8)),
                new FilePayload("broken.iso", "application/octet-stream", new byte[100_000]),
                new FilePayload("large.bin", "application/octet-stream", new byte[17 << 20])
            });
            page.getByTestId("boot-iso").waitFor();
            page.getByText("no image of that format").first().waitFor();
            // Large enough to go in pieces.
            page.locator("[data-testid=file]")
                    .filter(new com.microsoft.playwright.Locator.FilterOptions().setHasText("large.bin"))
                    .waitFor();
            browser.picture("files");
            page.getByTestId("boot-iso").click();
            page.waitForURL("**/pages/console/**");
            String vm = page.url().replaceAll(".*/pages/console/([0-9a-f-]{36}).*", "$1");
            page.locator("[data-state=connected]").first().waitFor();
            Awaitility.await("the disc's program paints the screen red")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> middleIsDarkRed(page));
            browser.picture("booted-iso");
            page.navigate("/pages/files");
            page.locator("[data-testid=file]")
                    .filter(new com.microsoft.playwright.Locator.FilterOptions().setHasText("note.txt"))
                    .getByTestId("hand-in")
                    .click();
            page.locator("[data-testid^=put-into-]").first().click();
            page.getByText("in its disc drive").first().waitFor();
            browser.picture("disc-in");
            Object deleted =
                    page.evaluate("vm => fetch('/api/vm/' + vm, {method: 'DELETE'}).then(answer => answer.status)", vm);
            assertThat(((Number) deleted).intValue()).isIn(200, 202, 204);
        }
    }

    @Test
    void commandLine_uploadsListsDownloadsImportsAndDeletes() throws Exception {
        String name = "c" + UUID.randomUUID().toString().substring(0, 12);
        OrielUser.anonymous(oriel)
                .send("POST", "/api/auth/register", "{\"username\":\"" + name + "\",\"password\":\"" + PASSWORD + "\"}")
                .expect(201);
        assertThat(cli(PASSWORD + "\n", "login", name, "--password-stdin", "--url", oriel.url()))
                .contains("Signed in");
        byte[] content = "from the terminal\n".repeat(600_000).getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(directory.resolve("notes.txt"), content);
        JsonNode stored = JsonMapper.shared().readTree(cli("", "file", "upload", file.toString(), "--json"));
        String id = stored.path("id").asString();
        assertThat(stored.path("size").asLong()).isEqualTo(content.length);
        assertThat(cli("", "file", "list")).contains("notes.txt").contains(id);
        Path back = directory.resolve("back.txt");
        Files.write(directory.resolve("back.txt.part"), java.util.Arrays.copyOf(content, 1000));
        cli("", "file", "download", id, back.toString());
        assertThat(Files.readAllBytes(back)).isEqualTo(content);
        cli("", "file", "delete", id);
        assertThat(cli("", "file", "list")).doesNotContain(id);

        Path disk = Files.write(directory.resolve("own.raw"), new byte[1 << 20]);
        assertThat(cli("", "template", "import", disk.toString(), "own", "--memory", "64", "--title", "My own"))
                .contains("own")
                .contains("private")
                .contains("true");
        String vm = JsonMapper.shared()
                .readTree(cli("", "vm", "create", "own", "--json"))
                .path("id")
                .asString();
        assertThat(oriel.pidOf(vm)).isPositive();
        assertSharing(vm);
        assertPublishing(vm);
        cli("", "vm", "delete", vm);
        Awaitility.await("the template is free")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> cli("", "template", "delete", "own"));
        assertThat(cli("", "template", "list")).doesNotContain("My own");
        Awaitility.await("the published template is free")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> cli("", "template", "delete", "published"));

        String admin = Files.readString(oriel.data().resolve("admin-password")).strip();
        cli(admin + "\n", "login", "admin", "--password-stdin", "--url", oriel.url());
        Awaitility.await("the image of a deleted template is of no use")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(cli("", "image", "gc", "--dry-run")).contains("base"));
        assertThat(cli("", "image", "gc")).contains("Removed: 0 images");
    }

    private void assertPublishing(String vm) throws Exception {
        cli("", "vm", "snapshot", "create", vm, "--name", "a point");
        assertThat(cli("", "vm", "snapshot", "list", vm)).contains("a point");
        assertThat(cli("", "template", "publish", vm, "published", "--snapshot", "a point", "--title", "Its copy"))
                .contains("published")
                .contains("true");
        String copy = JsonMapper.shared()
                .readTree(cli("", "vm", "create", "published", "--json"))
                .path("id")
                .asString();
        assertThat(oriel.pidOf(copy)).isPositive();
        cli("", "vm", "delete", copy);

        Path taken = directory.resolve("taken.qcow2");
        cli("", "vm", "snapshot", "download", vm, "a point", taken.toString());
        byte[] head = Arrays.copyOf(Files.readAllBytes(taken), 16);
        assertThat(head).startsWith('Q', 'F', 'I', 0xfb);
        assertThat(Arrays.copyOfRange(head, 8, 16))
                .as("where its backing file is")
                .containsOnly(0);
        importFromAUrl_goesOnAfterItsCommandWasKilled(taken);
    }

    /** What was taken home comes back, by way of an address. */
    private void importFromAUrl_goesOnAfterItsCommandWasKilled(Path image) throws Exception {
        byte[] content = Files.readAllBytes(image);
        List<String> ranges = new CopyOnWriteArrayList<>();
        CountDownLatch half = new CountDownLatch(1);
        CountDownLatch killed = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            ranges.add(String.valueOf(range));
            exchange.getResponseHeaders().set("ETag", "\"1\"");
            int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
            exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
            int first = range == null ? content.length / 2 : content.length - from;
            exchange.getResponseBody().write(content, from, first);
            exchange.getResponseBody().flush();
            if (range == null) {
                half.countDown();
                await(killed);
            }
            exchange.close();
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/taken";
            String[] command = {"template", "import", url, "returned", "--memory", "64"};
            Process first = terminal().start(command);
            assertThat(half.await(60, TimeUnit.SECONDS)).isTrue();
            Awaitility.await("half of it is there").until(() -> downloaded() >= content.length / 2);
            first.descendants().forEach(ProcessHandle::destroyForcibly);
            first.destroyForcibly().waitFor();
            killed.countDown();
            assertThat(cli("", command)).contains("returned").contains("true");
            assertThat(ranges).containsExactly("null", "bytes=" + content.length / 2 + "-");
            assertThat(downloaded()).isZero();
        } finally {
            server.stop(0);
        }
        cli("", "template", "delete", "returned");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long downloaded() throws IOException {
        Path images = directory.resolve("cache/oriel/images");
        if (!Files.isDirectory(images)) {
            return 0;
        }
        try (var files = Files.list(images)) {
            return files.filter(file -> !file.toString().endsWith(".version"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private void assertSharing(String vm) throws Exception {
        assertThat(cli("", "vm", "share", vm, "--drive", "--for", "2h", "--uses", "3", "--password=sesame"))
                .startsWith(oriel.url() + "/pages/share/");
        assertThat(cli("", "vm", "share", vm, "--list")).contains("drive").contains("true");
        String link = JsonMapper.shared()
                .readTree(cli("", "vm", "share", vm, "--list", "--json"))
                .get(0)
                .path("id")
                .asString();
        assertThat(cli("", "vm", "unshare", vm, link)).contains("Ended.");
        assertThat(cli("", "vm", "share", vm, "--list")).doesNotContain("drive");
    }

    private CommandLine terminal() {
        return new CommandLine(oriel, directory);
    }

    private String cli(String input, String... arguments) throws IOException, InterruptedException {
        return terminal().run(input, arguments);
    }

    private static boolean middleIsDarkRed(Page page) {
        Object pixel = page.evaluate("""
                () => {
                  const canvas = document.querySelector('canvas');
                  return [...canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
                }
                """);
        List<?> colour = (List<?>) pixel;
        return ((Number) colour.get(0)).intValue() > 128
                && ((Number) colour.get(1)).intValue() < 16
                && ((Number) colour.get(2)).intValue() < 16;
    }
}
