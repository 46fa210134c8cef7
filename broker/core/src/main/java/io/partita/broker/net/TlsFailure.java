package io.partita.broker.net;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;

/** Says in words why a TLS handshake came to nothing. */
final class TlsFailure {

    private static final int LENGTH_MAX = 200;

    private TlsFailure() {}

    static String explain(Throwable failure) {
        Throwable cause = failure.getCause() instanceof javax.net.ssl.SSLException inner ? inner : failure;
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof NotSslRecordException) {
            return "the client does not speak TLS, and this listener does: let it use security.protocol=SSL or SASL_SSL, or another listener";
        }
        if (cause instanceof SslHandshakeTimeoutException) {
            return "it took too long (connection.setup.ms)";
        }
        if (message.contains("certificate_unknown") || message.contains("unknown_ca") || message.contains("bad_certificate")) {
            return "the client does not trust this broker's certificate, or the name in it (" + cut(message) + ")";
        }
        if (message.contains("Empty client certificate chain") || message.contains("certificate_required")) {
            return "the client showed no certificate, and ssl.client.auth=required";
        }
        return cut(message);
    }

    private static String cut(String message) {
        return message.length() > LENGTH_MAX ? message.substring(0, LENGTH_MAX) : message;
    }
}
