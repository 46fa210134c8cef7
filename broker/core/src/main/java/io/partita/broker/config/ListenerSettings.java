package io.partita.broker.config;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The settings about security as they are for one listener: {@code listener.name.NAME.SETTING} comes before {@code SETTING}, and before both, for what is
 * about one SASL mechanism, {@code listener.name.NAME.MECHANISM.SETTING}. NAME and MECHANISM are in lower case there. Immutable.
 */
public final class ListenerSettings {

    private static final String PREFIX = "listener.name.";

    /** The mechanisms that are served. */
    public static final List<String> MECHANISMS = List.of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER");

    private final BrokerConfig config;
    private final String listener;
    private final SecurityProtocol protocol;

    ListenerSettings(BrokerConfig config, String listener, SecurityProtocol protocol) {
        this.config = config;
        this.listener = listener;
        this.protocol = protocol;
    }

    /** What the listener asks of its clients. */
    public SecurityProtocol protocol() {
        return protocol;
    }

    /** The value for this listener, in normal form; {@code null} where there is none. */
    public String value(String setting) {
        return value(new String[] {PREFIX + listener.toLowerCase(Locale.ROOT) + '.' + setting}, setting);
    }

    /** The value for this listener and one of its mechanisms; {@code null} where there is none. */
    public String value(String mechanism, String setting) {
        String ofListener = PREFIX + listener.toLowerCase(Locale.ROOT) + '.';
        return value(new String[] {ofListener + mechanism.toLowerCase(Locale.ROOT) + '.' + setting, ofListener + setting}, setting);
    }

    private String value(String[] names, String setting) {
        for (String name : names) {
            String value = config.explicit(name);
            if (value != null) {
                return BrokerSettings.definitions().find(setting).canonical(value);
            }
        }
        return config.value(setting);
    }

    /** The value of a setting that is a list; empty when there is none. */
    public List<String> listValue(String setting) {
        String value = value(setting);
        return value == null ? List.of() : ConfigType.elements(value);
    }

    /** @throws InvalidConfigException when the listener cannot do what it is to do */
    void check() {
        if (!protocol.hasSasl()) {
            return;
        }
        List<String> mechanisms = listValue("sasl.enabled.mechanisms");
        if (mechanisms.isEmpty()) {
            throw new InvalidConfigException("The listener " + listener + " asks for " + protocol + ", and no SASL mechanism is enabled: set"
                    + " sasl.enabled.mechanisms to some of " + String.join(", ", MECHANISMS) + ".");
        }
        for (String mechanism : mechanisms) {
            if (mechanism.equals("GSSAPI")) {
                throw new InvalidConfigException(
                        "sasl.enabled.mechanisms of the listener " + listener + " names GSSAPI: Kerberos is not served. Use SCRAM-SHA-512, or"
                                + " OAUTHBEARER with tokens of the same directory.");
            }
            if (!MECHANISMS.contains(mechanism)) {
                throw new InvalidConfigException(
                        "sasl.enabled.mechanisms of the listener " + listener + " names " + mechanism + ", which is not served: it takes "
                                + String.join(", ", MECHANISMS) + ".");
            }
        }
        if (mechanisms.contains("OAUTHBEARER") && value("OAUTHBEARER", "sasl.oauthbearer.jwks.endpoint.url") == null) {
            throw new InvalidConfigException("The listener " + listener + " takes OAUTHBEARER, and nothing says whose tokens are good: set"
                    + " sasl.oauthbearer.jwks.endpoint.url (https:, http: or file:), sasl.oauthbearer.expected.issuer and sasl.oauthbearer.expected.audience.");
        }
    }

    // ---- names

    /** Whether a name is of the form {@code listener.name.*}. */
    static boolean isScoped(String name) {
        return name.startsWith(PREFIX);
    }

    /** The listener in a name of that form, in lower case; {@code null} where there is none. */
    static String listenerOf(String name) {
        int dot = name.indexOf('.', PREFIX.length());
        return dot < 0 ? null : name.substring(PREFIX.length(), dot);
    }

    /** The setting in a name of that form, without listener and mechanism; its unknown end where it is none. */
    static String settingOf(String name) {
        int dot = name.indexOf('.', PREFIX.length());
        String setting = dot < 0 ? "" : name.substring(dot + 1);
        for (String mechanism : MECHANISMS) {
            if (setting.startsWith(mechanism.toLowerCase(Locale.ROOT) + '.')) {
                return setting.substring(mechanism.length() + 1);
            }
        }
        return setting;
    }

    /** The definition of a name of that form, or {@code null} when it is not one that a listener has for itself. */
    static ConfigDefinition find(String name, ConfigDefinitions definitions) {
        String setting = settingOf(name);
        return OF_LISTENERS.contains(setting) ? definitions.find(setting) : null;
    }

    private static final Set<String> OF_LISTENERS = SecurityDefinitions.names();
}
