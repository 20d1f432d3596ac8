package dev.oriel.bench.path;

import dev.oriel.core.console.ConsolePermission;
import dev.oriel.gateway.console.SharedReadBuffer;
import dev.oriel.gateway.frame.FrameListener;
import dev.oriel.gateway.frame.FrameParser;
import dev.oriel.gateway.frame.Frames;
import dev.oriel.gateway.rfb.RfbUpstream;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Netty's epoll channels and pipelines with frames of our own: no frame objects. One event loop. */
final class NettyPath {
    private static final SharedReadBuffer VIEWER_READS = new SharedReadBuffer(0, 16 << 10);
    private static final SharedReadBuffer VM_READS = new SharedReadBuffer(Frames.MAX_HEADER, 256 << 10);

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Path target;

    NettyPath(Path target) {
        this.target = target;
    }

    void serve(int port) {
        new ServerBootstrap()
                .group(loop)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, VIEWER_READS)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel viewer) {
                        viewer.pipeline().addLast(new ViewerEnd(viewer));
                    }
                })
                .bind("127.0.0.1", port)
                .syncUninterruptibly()
                .channel()
                .closeFuture()
                .syncUninterruptibly();
    }

    private static void send(Channel to, ByteBuf bytes, Channel from) {
        ChannelFuture write = to.writeAndFlush(bytes);
        if (!write.isDone()) {
            write.addListener(done -> from.read());
        } else {
            from.read();
        }
    }

    private final class ViewerEnd extends ChannelInboundHandlerAdapter implements FrameListener {
        private final Channel viewer;
        private final FrameParser parser = new FrameParser(this);
        private final RfbUpstream filter = new RfbUpstream(ConsolePermission.DRIVE);
        private @Nullable Channel vm;
        private ByteBuf out = Unpooled.EMPTY_BUFFER;

        ViewerEnd(Channel viewer) {
            this.viewer = viewer;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.read();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            Channel to = vm;
            if (to == null) {
                upgrade(Upgrade.key(bytes.toString(StandardCharsets.US_ASCII)));
            } else {
                out = viewer.alloc().directBuffer(bytes.readableBytes() + 16);
                parser.parse(bytes);
                send(to, out, viewer);
            }
            bytes.release();
        }

        private void upgrade(String key) {
            ChannelFuture connecting = new Bootstrap()
                    .group(viewer.eventLoop())
                    .channel(EpollDomainSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, VM_READS)
                    .handler(new VmEnd(viewer))
                    .connect(new DomainSocketAddress(target.toFile()));
            connecting.addListener(done -> {
                vm = connecting.channel();
                var _ = viewer.writeAndFlush(Unpooled.wrappedBuffer(Upgrade.answer(key)));
                viewer.read();
                vm.read();
            });
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (vm != null) {
                var _ = vm.close();
            }
        }

        @Override
        public void data(ByteBuf buffer, int index, int length) {
            if (!filter.accept(buffer, index, length, out)) {
                var _ = viewer.close();
            }
        }

        @Override
        public void ping(byte[] payload, int length) {
            var _ = viewer.close();
        }

        @Override
        public void closed(int code) {
            var _ = viewer.close();
        }

        @Override
        public void violated(int closeCode, String why) {
            var _ = viewer.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            var _ = ctx.close();
        }
    }

    private static final class VmEnd extends ChannelInboundHandlerAdapter {
        private final Channel viewer;

        VmEnd(Channel viewer) {
            this.viewer = viewer;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            Frames.prependBinaryHeader(bytes);
            send(viewer, bytes, ctx.channel());
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            var _ = viewer.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            var _ = ctx.close();
        }
    }
}
