package io.partita.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BodiesTest {

    @Test
    void aBodyThatBecomesTooLongIsRefusedWithASentence() {
        EmbeddedChannel channel = new EmbeddedChannel(new Bodies());
        var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/api/v1/topics");
        request.headers().set("transfer-encoding", "chunked");
        channel.writeInbound(request);
        for (int sent = 0; sent <= Bounds.BODY_BYTES_MAX; sent += 1 << 20) {
            channel.writeInbound(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[1 << 20])));
        }
        FullHttpResponse response = channel.readOutbound();
        assertEquals(413, response.status().code());
        assertTrue(response.content().toString(StandardCharsets.UTF_8).contains("send it in parts"));
        response.release();
        assertFalse(channel.isOpen());
        channel.finishAndReleaseAll();
    }
}
