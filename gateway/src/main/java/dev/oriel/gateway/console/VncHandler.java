package dev.oriel.gateway.console;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** The VNC socket's end of a console. */
final class VncHandler extends ChannelInboundHandlerAdapter {
    private final Console console;

    VncHandler(Console console) {
        this.console = console;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        console.fromVm((ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        console.readVm();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        console.vncGone();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close();
    }
}
