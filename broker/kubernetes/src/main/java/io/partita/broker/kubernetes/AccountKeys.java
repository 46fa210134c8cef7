package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.env.Disk;
import io.partita.broker.security.sasl.KeySet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys by which the API server signs tokens of ServiceAccounts, as it publishes them to all accounts. They are kept in the data directory, so that a broker which starts while the API server
 * is away knows them. Used by one thread at a time; blocks.
 */
final class AccountKeys implements KeySet.Source {

    private static final Logger LOG = LoggerFactory.getLogger(AccountKeys.class);

    static final String FILE = "kubernetes-token-keys.json";
    private static final String ADDRESS = "/openid/v1/jwks";

    private final KubernetesClient client;
    private final Disk disk;
    private final Path file;
    /** The document that is in the file, {@code null} when that is not known. */
    private String kept;

    AccountKeys(KubernetesClient client, Disk disk, Path directory) {
        this.client = client;
        this.disk = disk;
        this.file = directory.resolve(FILE);
    }

    @Override
    public String fetch() throws IOException {
        String published;
        try {
            published = client.raw(ADDRESS);
        } catch (KubernetesClientException away) {
            return remembered(ObjectWrites.reason(away));
        }
        if (published == null) {
            throw new IOException("the API server publishes none at " + ADDRESS);
        }
        keep(published);
        return published;
    }

    private String remembered(String why) throws IOException {
        byte[] content = disk.readAll(file);
        if (content == null) {
            throw new IOException("the API server does not answer (" + why + ")");
        }
        LOG.warn("The API server of Kubernetes does not answer ({}): tokens are checked with the keys that it published last.", why);
        kept = new String(content, StandardCharsets.UTF_8);
        return kept;
    }

    private void keep(String published) {
        if (!published.equals(kept)) {
            try {
                disk.writeAtomically(file, published.getBytes(StandardCharsets.UTF_8));
                kept = published;
            } catch (IOException e) {
                LOG.warn("{} cannot be written ({}): a start without the API server would know no keys, or those of before.", file, e.toString());
            }
        }
    }
}
