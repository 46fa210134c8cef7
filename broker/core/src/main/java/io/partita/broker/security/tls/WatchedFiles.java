package io.partita.broker.security.tls;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/** Sees whether files that settings name have changed, by what is in them: what a Secret is mounted as changes by a link. One thread at a time. */
public final class WatchedFiles {

    private final List<String> paths;
    private final KeyFiles files;
    private byte[] seen;

    public WatchedFiles(List<String> paths, KeyFiles files) {
        this.paths = List.copyOf(paths);
        this.files = files;
    }

    public List<String> paths() {
        return paths;
    }

    /** Whether they are other than at the last call. The first call says yes. */
    public boolean haveChanged() throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This JVM has no SHA-256", e);
        }
        for (String path : paths) {
            digest.update(files.read(path));
        }
        byte[] now = digest.digest();
        boolean changed = !MessageDigest.isEqual(now, seen);
        seen = now;
        return changed;
    }

    /** What was seen last could not be used: it counts as changed until it can. */
    public void forget() {
        seen = null;
    }
}
