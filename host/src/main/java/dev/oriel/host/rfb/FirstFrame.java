package dev.oriel.host.rfb;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a VNC server for one full picture and reads it to its last pixel, as a viewer would.
 *
 * @param width in pixels, when it came
 * @param height in pixels, when it came
 * @param bytes of pixel data that came
 */
public record FirstFrame(int width, int height, long bytes) {
    private static final Logger LOG = System.getLogger(FirstFrame.class.getName());

    /**
     * Connects (security type None, shared), requests a full update in Raw encoding and waits until every pixel came.
     *
     * @throws IOException when the server is not there, speaks something else, or does not finish within {@code limit}
     */
    public static FirstFrame await(Path socket, Duration limit) throws IOException {
        return await(socket, limit, CompletableFuture.completedFuture(true));
    }

    /** As above, connected at once and asking when {@code go} is done, however that ends. */
    public static FirstFrame await(Path socket, Duration limit, CompletableFuture<Boolean> go) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        CountDownLatch done = new CountDownLatch(1);
        // Closing the channel at the deadline is what ends a read that would wait for ever.
        Thread.ofVirtual().name("first-frame-deadline").start(() -> closeAtDeadline(channel, done, limit));
        try (channel) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            RfbConversation conversation = new RfbConversation(channel);
            conversation.greet();
            boolean _ = go.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return conversation.firstFrame();
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IOException("nobody asked for the picture", e);
        } finally {
            done.countDown();
        }
    }

    private static void closeAtDeadline(SocketChannel channel, CountDownLatch done, Duration limit) {
        try (channel) {
            boolean inTime = done.await(limit.toNanos(), TimeUnit.NANOSECONDS);
            LOG.log(Level.DEBUG, inTime ? "a first frame came in time" : "a first frame did not come in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
