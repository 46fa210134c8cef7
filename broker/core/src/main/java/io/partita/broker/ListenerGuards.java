package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.config.ListenerSettings;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.WorkerPool;
import io.partita.broker.env.Workers;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.net.BrokerTls;
import io.partita.broker.net.ListenerSecurity;
import io.partita.broker.net.SaslSettings;
import io.partita.broker.net.Tls;
import io.partita.broker.net.TlsSettings;
import io.partita.broker.security.KnownUser;
import io.partita.broker.security.KnownUsers;
import io.partita.broker.security.sasl.FileUsers;
import io.partita.broker.security.sasl.JaasOptions;
import io.partita.broker.security.sasl.JwtCheck;
import io.partita.broker.security.sasl.KeySet;
import io.partita.broker.security.sasl.OAuthBearerMechanism;
import io.partita.broker.security.sasl.PlainMechanism;
import io.partita.broker.security.sasl.SaslMechanism;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramCredentialSource;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.broker.security.sasl.ScramMechanism;
import io.partita.broker.security.sasl.TokenCheck;
import io.partita.broker.security.tls.BrokerNames;
import io.partita.broker.security.tls.KeyFiles;
import io.partita.broker.security.tls.KeysInForce;
import io.partita.broker.security.tls.PrincipalMapping;
import io.partita.broker.security.tls.TlsKeyException;
import io.partita.broker.security.tls.TlsKeys;
import io.partita.broker.security.tls.WatchedFiles;
import io.partita.broker.security.tls.TlsKeySettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes what listeners ask of their clients from the settings, and follows the files that these name: every so often it is seen whether they have changed. What cannot
 * be used is told in the log, and what was there before stays.
 */
final class ListenerGuards {

    private static final Logger LOG = LoggerFactory.getLogger(ListenerGuards.class);

    /** Those who replace certificates wait minutes for it elsewhere; reading some files so often costs nothing. */
    static final long LOOK_MILLIS = 10_000;

    private static final int TOKEN_THREADS = 2;
    /** Users by password who are looked at so that others who do not exist look like them. */
    private static final int ALIKE_MAX = 64;
    /** In place of an address: the keys that the API server signs tokens of ServiceAccounts with. */
    private static final String KEYS_OF_KUBERNETES = "kubernetes";

    private final BrokerConfig config;
    private final Workers workers;
    private final Clock clock;
    private final Entropy entropy;
    private final MetadataStore store;
    /** The newest image, for the users that there are. */
    private volatile ClusterImage users;
    /** How often users of a name were deleted, so that who is made again under it is another one. As many as names that administrators ever took away. */
    private final Map<String, Integer> deletions = new ConcurrentHashMap<>();
    private final KeyFiles files = ListenerGuards::read;
    private final List<Followed> followed = new ArrayList<>();
    /** By listener. At the start, and then by whoever looks at the files. */
    private final Map<String, KeysInForce> keysInForce = new ConcurrentHashMap<>();
    /** Apart from others, because they may wait for whoever publishes keys. Null where there are no tokens. */
    private WorkerPool tokenThreads;
    private volatile EventLoop.Timer timer;
    private volatile boolean closed;

    /** Files and what is done when they have changed. */
    private record Followed(String what, WatchedFiles watched, Reload reload) {}

    /** Takes what is in the files now; throws, with a sentence, when that cannot be used. */
    @FunctionalInterface
    private interface Reload {
        void run() throws IOException, TlsKeyException;
    }

    /** @param store has the credentials that administrators have set, and is told which keys listeners have whenever they get some */
    ListenerGuards(BrokerConfig config, Workers workers, Clock clock, Entropy entropy, MetadataStore store) {
        this.config = config;
        this.workers = workers;
        this.clock = clock;
        this.entropy = entropy;
        this.store = store;
        this.users = ClusterImage.empty("");
    }

    private static byte[] read(String path) throws IOException {
        // Those of the machine, also where records are kept in memory.
        Disk disk = new FileDisk();
        byte[] content = disk.readAll(Path.of(path));
        if (content == null) {
            throw new NoSuchFileException(path, null, "there is no such file");
        }
        return content;
    }

    /**
     * What a listener asks of its clients.
     *
     * @throws BrokerStartException when settings or files do not let it
     */
    ListenerSecurity of(String listener) {
        ListenerSettings settings = config.listenerSettings(listener);
        try {
            return new ListenerSecurity(settings.protocol().hasTls() ? tls(listener, settings) : null,
                    settings.protocol().hasSasl() ? sasl(listener, settings) : null);
        } catch (IOException | TlsKeyException | IllegalArgumentException e) {
            throw new BrokerStartException("The listener " + listener + " cannot be served: " + e.getMessage(), e);
        }
    }

    // ---- TLS

    private Tls tls(String listener, ListenerSettings settings) throws IOException, TlsKeyException {
        PrincipalMapping mapping;
        try {
            mapping = PrincipalMapping.parse(settings.value("ssl.principal.mapping.rules"));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException("ssl.principal.mapping.rules: " + e.getMessage() + ".");
        }
        TlsKeySettings keys = new TlsKeySettings(settings::value);
        TlsSettings.ClientCertificates clients = switch (settings.value("ssl.client.auth")) {
            case "required" -> TlsSettings.ClientCertificates.REQUIRED;
            case "requested" -> TlsSettings.ClientCertificates.REQUESTED;
            default -> TlsSettings.ClientCertificates.NONE;
        };
        TlsSettings tlsSettings = new TlsSettings(settings.listValue("ssl.enabled.protocols"), settings.listValue("ssl.cipher.suites"), clients, mapping,
                known(settings));
        TlsKeys loaded = keys.load(files);
        Tls tls = new Tls(tlsSettings, loaded, workers.of(Workers.Kind.HANDSHAKE)::execute);
        inForce(listener, loaded);
        follow("The keys of listener " + listener, keys.files(), () -> {
            TlsKeys now = keys.load(files);
            tls.replace(now);
            inForce(listener, now);
        });
        return tls;
    }

    private KnownUser user(String name) {
        return users.knownUsers().get(name);
    }

    /**
     * Takes users as an image has them, from now on. Any thread.
     *
     * @return whether connections are to be looked at, because some may be gone
     */
    boolean usersOf(ClusterImage image) {
        ClusterImage before = users;
        if (image.hasUsersOf(before)) {
            users = image;
            return false;
        }
        for (String name : before.scramUsers().byName().keySet()) {
            if (!image.scramUsers().byName().containsKey(name)) {
                deletions.merge(name, 1, Integer::sum);
            }
        }
        users = image;
        return true;
    }

    /** Who is let in of those who have proved who they are; {@code null} for all. */
    private KnownUsers known(ListenerSettings settings) {
        return Boolean.parseBoolean(settings.value("known.users.only")) ? this::user : null;
    }

    /**
     * By which brokers know each other and encrypt; {@code null} where they do not.
     *
     * @throws BrokerStartException when settings or files do not let it
     */
    BrokerTls ofBrokers() {
        ListenerSettings settings = config.listenerSettings(BrokerSettings.REPLICATION);
        if (!settings.protocol().hasTls()) {
            return null;
        }
        TlsKeySettings keys = new TlsKeySettings(settings::value);
        BrokerNames names = new BrokerNames(config.listValue(BrokerSettings.REPLICATION_CERTIFICATE_NAMES));
        TlsSettings tlsSettings = new TlsSettings(settings.listValue("ssl.enabled.protocols"), settings.listValue("ssl.cipher.suites"),
                TlsSettings.ClientCertificates.REQUIRED, PrincipalMapping.parse("DEFAULT"));
        try {
            TlsKeys loaded = keysOfBroker(keys, names);
            BrokerTls tls = new BrokerTls(tlsSettings, names, loaded, workers.of(Workers.Kind.BROKER_HANDSHAKE)::execute);
            inForce(BrokerSettings.REPLICATION, loaded);
            follow("The keys between brokers", keys.files(), () -> {
                TlsKeys now = keysOfBroker(keys, names);
                tls.replace(now);
                inForce(BrokerSettings.REPLICATION, now);
            });
            return tls;
        } catch (IOException | TlsKeyException | IllegalArgumentException e) {
            throw new BrokerStartException("The listener between brokers cannot be served: " + e.getMessage(), e);
        }
    }

    /** Tells who wants to know which keys a listener has from now on. */
    private void inForce(String listener, TlsKeys keys) throws TlsKeyException {
        keysInForce.put(listener, KeysInForce.of(keys));
        store.keysInForce(KeysInForce.text(keysInForce));
    }

    /** Seen here rather than by all other brokers: whether these keys are this broker's. */
    private TlsKeys keysOfBroker(TlsKeySettings settings, BrokerNames names) throws TlsKeyException {
        TlsKeys keys = settings.load(files);
        if (keys.trusted() == null) {
            throw new IllegalArgumentException("It has to be said who vouches for brokers: set listener.name.replication.ssl.truststore.location.");
        }
        List<String> found = new ArrayList<>();
        for (X509Certificate certificate : keys.certificates()) {
            if (names.isOf(certificate, config.nodeId())) {
                return keys;
            }
            found.addAll(BrokerNames.namesIn(certificate));
        }
        throw new IllegalArgumentException(
                "The certificate is for " + String.join(", ", found) + ", and other brokers take this one for broker " + config.nodeId()
                        + " by a certificate for " + names.of(config.nodeId()) + ": its CN or one of its DNS names ("
                        + BrokerSettings.REPLICATION_CERTIFICATE_NAMES + ").");
    }

    // ---- SASL

    private SaslSettings sasl(String listener, ListenerSettings settings) throws IOException, TlsKeyException {
        List<String> names = settings.listValue("sasl.enabled.mechanisms");
        FileUsersInForce users = new FileUsersInForce(settings.value("sasl.users.file"), names);
        if (users.path != null) {
            users.reload();
            follow("The users of listener " + listener, List.of(users.path), users::reload);
        }
        List<SaslMechanism> mechanisms = new ArrayList<>();
        Map<String, Long> maxReauthMillis = new HashMap<>();
        for (String name : names) {
            mechanisms.add(mechanism(name, settings, users));
            maxReauthMillis.put(name, Long.parseLong(settings.value(name, "connections.max.reauth.ms")));
        }
        return new SaslSettings(mechanisms, Integer.parseInt(settings.value("sasl.server.max.receive.size")),
                Integer.parseInt(settings.value("connection.failed.authentication.delay.ms")), maxReauthMillis);
    }

    private SaslMechanism mechanism(String name, ListenerSettings settings, FileUsersInForce users) {
        ScramHash hash = ScramHash.forMechanism(name);
        if (hash != null) {
            return new ScramMechanism(hash, new Passwords(users), entropy);
        }
        if (name.equals(PlainMechanism.NAME)) {
            Map<String, String> ofSettings = plainUsers(settings.value(name, "sasl.jaas.config"));
            return new PlainMechanism(user -> {
                String password = ofSettings.get(user);
                return password != null ? password : users.inForce.password(user);
            });
        }
        return new OAuthBearerMechanism(tokens(name, settings));
    }

    private TokenCheck tokens(String name, ListenerSettings settings) {
        String urlSetting = "sasl.oauthbearer.jwks.endpoint.url";
        String url = settings.value(name, urlSetting);
        KeySet keys = new KeySet(url.equals(KEYS_OF_KUBERNETES) ? keysOfKubernetes(urlSetting) : PublishedKeys.at(urlSetting, url), url, clock,
                Long.parseLong(settings.value(name, "sasl.oauthbearer.jwks.endpoint.refresh.ms")),
                Long.parseLong(settings.value(name, "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms")),
                Long.parseLong(settings.value(name, "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms")));
        if (tokenThreads == null) {
            tokenThreads = new WorkerPool("partita-tokens", TOKEN_THREADS);
        }
        String audience = settings.value(name, "sasl.oauthbearer.expected.audience");
        JwtCheck.Expected expected = new JwtCheck.Expected(settings.value(name, "sasl.oauthbearer.expected.issuer"),
                audience == null || audience.isEmpty() ? List.of() : List.of(audience.split(",")),
                Integer.parseInt(settings.value(name, "sasl.oauthbearer.clock.skew.seconds")), settings.value(name, "sasl.oauthbearer.sub.claim.name"));
        return new JwtCheck(keys, expected, known(settings), clock, tokenThreads::execute);
    }

    private KeySet.Source keysOfKubernetes(String setting) {
        KeySet.Source source = store.tokenKeys();
        if (source == null) {
            throw new InvalidConfigException(
                    setting + " is '" + KEYS_OF_KUBERNETES + "', and this broker does not run on Kubernetes: give the address of the keys.");
        }
        return source;
    }

    private static Map<String, String> plainUsers(String jaas) {
        try {
            return jaas == null ? Map.of() : JaasOptions.users(jaas);
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException("sasl.jaas.config of PLAIN cannot be read: " + e.getMessage() + ".");
        }
    }

    /** Users of a file, replaced when it has changed. */
    private final class FileUsersInForce {
        private final String path;
        private final List<ScramHash> hashes = new ArrayList<>();
        private volatile FileUsers inForce = FileUsers.NONE;

        FileUsersInForce(String path, List<String> mechanisms) {
            this.path = path == null || path.isEmpty() ? null : path;
            for (String mechanism : mechanisms) {
                ScramHash hash = ScramHash.forMechanism(mechanism);
                if (hash != null) {
                    hashes.add(hash);
                }
            }
        }

        void reload() throws IOException {
            try {
                inForce = FileUsers.parse(new String(files.read(path), StandardCharsets.UTF_8), hashes, entropy);
            } catch (NoSuchFileException e) {
                throw new IOException("the file " + path + " of sasl.users.file is not there", e);
            } catch (IllegalArgumentException e) {
                throw new IOException("the file " + path + " of sasl.users.file cannot be read: " + e.getMessage(), e);
            }
        }
    }

    /** The users of a file, then those of the store. */
    private final class Passwords implements ScramCredentialSource {
        private final FileUsersInForce ofFile;

        Passwords(FileUsersInForce ofFile) {
            this.ofFile = ofFile;
        }

        @Override
        public ScramCredential find(ScramHash hash, String user) {
            ScramCredential found = ofFile.inForce.credential(hash, user);
            return found != null ? found : users.scramUsers().find(hash, user);
        }

        @Override
        public List<ScramCredential> some(ScramHash hash) {
            return users.scramUsers().some(hash, ALIKE_MAX);
        }

        @Override
        public BooleanSupplier remains(ScramHash hash, String user) {
            boolean byFile = ofFile.inForce.credential(hash, user) != null;
            // Taken before the credential is looked for: one that is older than that is noticed then.
            KnownUser object = byFile ? null : user(user);
            KnownUsers objects = ListenerGuards.this::user;
            BooleanSupplier sameObject = object == null ? () -> true : objects.remains(user, object);
            Integer deleted = deletions.get(user);
            return () -> find(hash, user) != null && sameObject.getAsBoolean() && (byFile || Objects.equals(deleted, deletions.get(user)));
        }
    }

    // ---- changes

    private void follow(String what, List<String> paths, Reload reload) throws IOException {
        if (!paths.isEmpty()) {
            WatchedFiles watched = new WatchedFiles(paths, files);
            watched.haveChanged();
            followed.add(new Followed(what, watched, reload));
        }
    }

    /** Begins to look at the files now and then. */
    void start(EventLoop loop) {
        if (!followed.isEmpty()) {
            timer = loop.schedule(LOOK_MILLIS, () -> {
                if (!closed) {
                    workers.of(Workers.Kind.UPKEEP).execute(this::look);
                    start(loop);
                }
            });
        }
    }

    /** Takes what has changed. Blocks. */
    void look() {
        for (Followed one : followed) {
            try {
                if (one.watched.haveChanged()) {
                    one.reload.run();
                    LOG.info("{} have changed ({}) and are in force for new connections.", one.what, String.join(", ", one.watched.paths()));
                }
            } catch (IOException | TlsKeyException | IllegalArgumentException e) {
                one.watched.forget();
                LOG.warn("{} have changed and cannot be used; those of before stay in force: {}", one.what, e.getMessage());
            }
        }
    }

    void close() {
        closed = true;
        if (timer != null) {
            timer.cancel();
        }
        if (tokenThreads != null) {
            tokenThreads.close();
        }
    }
}
