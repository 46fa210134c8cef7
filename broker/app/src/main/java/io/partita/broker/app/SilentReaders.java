package io.partita.broker.app;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Singleton;

/** Has the system end HTTP connections whose other side has acknowledged nothing of what was sent for 30 s: a machine that is gone without a word would keep its streams for some fifteen minutes. */
@Singleton
class SilentReaders implements HttpServerOptionsCustomizer {

    private static final int MILLIS = 30_000;

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        options.setTcpUserTimeout(MILLIS);
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        options.setTcpUserTimeout(MILLIS);
    }
}
