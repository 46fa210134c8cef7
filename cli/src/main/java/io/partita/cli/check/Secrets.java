package io.partita.cli.check;

import java.util.regex.Pattern;

/** Masks what nobody else shall read in texts that are given away. */
final class Secrets {

    /** {@code password=…}, {@code "secret": "…"} and their like, up to the end of the value. */
    private static final Pattern NAMED = Pattern.compile(
            "(?i)([\\w.\\-]*(?:password|passwd|secret|credential|token|api[_-]?key|ssl\\.keystore\\.key|sasl\\.jaas\\.config)[\\w.\\-]*\"?\\s*[=:]\\s*)(\"[^\"]*\"|[^\\s,;}]+)");
    private static final Pattern BEARER = Pattern.compile("(?i)(bearer\\s+)[A-Za-z0-9._~+/=-]+");
    private static final Pattern KEY = Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", Pattern.DOTALL);
    private static final Pattern USER = Pattern.compile("(?i)(user_[\\w.\\-]+\\s*=\\s*)(\"[^\"]*\"|[^\\s,;}]+)");
    private static final Pattern JAAS = Pattern.compile("(?i)(LoginModule\\s+\\w+)[^;\\n]*;?");

    private Secrets() {}

    static String mask(String text) {
        String masked = KEY.matcher(text).replaceAll("(a private key)");
        masked = JAAS.matcher(masked).replaceAll("$1 (masked);");
        masked = USER.matcher(masked).replaceAll("$1(masked)");
        masked = NAMED.matcher(masked).replaceAll("$1(masked)");
        return BEARER.matcher(masked).replaceAll("$1(masked)");
    }
}
