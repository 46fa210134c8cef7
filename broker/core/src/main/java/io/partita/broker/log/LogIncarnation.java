package io.partita.broker.log;

import io.partita.broker.Invariant;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The name of a broker's logs as they are. They keep it over a restart only if nothing can be missing from them and no other process can still write to them; else they
 * go on under a new name, and whoever was told of the old one knows that what it stood for may be gone.
 *
 * <p>Something is missing when a data directory is that was there before, or when one is new. Nothing is when the logs were closed properly, or when the machine has run since: what a killed process has written is in the memory of the machine,
 * and that process is dead, because its lock on the directory was free.
 *
 * @see <a href="https://cwiki.apache.org/confluence/display/KAFKA/KIP-966">KIP-966, which does as much with broker epochs</a>
 */
public final class LogIncarnation {

    private static final String FILE = "log-incarnation";
    private static final String VERSION = "0";
    /** Former names that are remembered. A machine has to fail so often while nobody is told of the names after the first. */
    private static final int FORMER_NAMES_MAX = 64;

    private final Disk disk;
    private final Path file;
    private final String name;
    private final List<String> formerNames;
    private final String formerProcess;
    private final Set<String> directories;
    /** The name that was found, where its process is dead for certain, {@code null} elsewhere. */
    private final String ended;

    private LogIncarnation(Disk disk, Path file, String name, List<String> formerNames, String formerProcess, Set<String> directories, String ended) {
        this.disk = disk;
        this.file = file;
        this.name = name;
        this.formerNames = formerNames;
        this.formerProcess = formerProcess;
        this.directories = directories;
        this.ended = ended;
    }

    /**
     * What is in the file.
     *
     * @param directories the data directories that held the logs, {@code null} in files from before they were noted
     */
    private record Written(String name, String boot, String process, List<String> formerNames, Set<String> directories) {

        static Written read(Disk disk, Path file) throws IOException {
            byte[] content = disk.readAll(file);
            String[] lines = content == null ? new String[0] : new String(content, StandardCharsets.UTF_8).split("\n", -1);
            if (lines.length < 5 || !lines[0].equals(VERSION)) {
                return null;
            }
            boolean knowsDirectories = lines.length >= 6 && !lines[5].isEmpty();
            return new Written(lines[1], lines[2], lines[3], list(lines[4]), knowsDirectories ? Set.copyOf(list(lines[5])) : null);
        }

        private static List<String> list(String line) {
            return line.isEmpty() ? List.of() : List.of(line.split(","));
        }
    }

    /** Finds out what the directories of a broker, locked but not claimed yet, can be known by. One of them keeps the name. */
    public static LogIncarnation of(Disk disk, DataDirectories all, Entropy entropy) throws IOException {
        List<FoundDirectory> directories = all.found();
        Path file = all.home(disk, FILE).resolve(FILE);
        Written written = Written.read(disk, file);
        Set<String> present = new TreeSet<>();
        directories.forEach(directory -> present.add(DirectoryIdentity.format(directory.id())));
        boolean isLess = written != null && written.directories != null && !present.containsAll(written.directories);
        if (written == null || isLess || directories.stream().anyMatch(FoundDirectory::isNew)) {
            return new LogIncarnation(disk, file, newName(entropy), List.of(), null, present, null);
        }
        boolean sameBoot = written.boot.equals(disk.bootId());
        // Where nobody can tell one boot from another the lock still says it of this machine, and directories seldom go to another one within seconds.
        String ended = sameBoot || disk.bootId() == null ? written.name : null;
        if (sameBoot || directories.stream().allMatch(FoundDirectory::wasClosedProperly)) {
            return new LogIncarnation(disk, file, written.name, written.formerNames, sameBoot && !written.process.isEmpty() ? written.process : null, present,
                    ended);
        }
        List<String> formerNames = new ArrayList<>(written.formerNames);
        formerNames.add(written.name);
        List<String> newest = formerNames.subList(Math.max(0, formerNames.size() - FORMER_NAMES_MAX), formerNames.size());
        return new LogIncarnation(disk, file, newName(entropy), List.copyOf(newest), null, present, ended);
    }

    /** A name that no process and no log had before. */
    public static String newName(Entropy entropy) {
        UUID random = entropy.nextUuid();
        return Long.toHexString(random.getMostSignificantBits());
    }

    /** The name. */
    public String name() {
        return name;
    }

    /**
     * Whether these logs had {@code earlier} as their name, before machines failed under them: what they lack is the end of each, which was not flushed. Where the
     * disk was lost, or an old copy put in its place, they did not.
     */
    public boolean goesOnFrom(String earlier) {
        return formerNames.contains(earlier);
    }

    /** Name of the process that had these logs before on the same boot of the same machine, and is dead; {@code null} when that cannot be known. */
    public String formerProcess() {
        return formerProcess;
    }

    /**
     * Whether whoever had these logs under that name is dead: it ran on this boot of this machine, and let go of their lock. Only a copy of the directory deceives: its lock is another one.
     */
    public boolean provesDead(String incarnation) {
        return ended != null && ended.equals(incarnation);
    }

    /** Makes the name, and that of the process which has the logs from now on, durable. To be called before the name is told to anybody. */
    public void begin(String process) throws IOException {
        Invariant.check(!process.isEmpty(), "a process needs a name");
        write(process);
    }

    /** Notes that the process has given up what it led, so that nobody goes on in its place. */
    public void end() throws IOException {
        write("");
    }

    private void write(String process) throws IOException {
        String boot = disk.bootId() == null ? "" : disk.bootId();
        String content = String.join("\n", VERSION, name, boot, process, String.join(",", formerNames), String.join(",", directories), "");
        disk.writeAtomically(file, content.getBytes(StandardCharsets.UTF_8));
    }
}
