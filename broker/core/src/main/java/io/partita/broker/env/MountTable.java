package io.partita.broker.env;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which file systems a Linux machine is to have and which it has. A directory that is empty because its disk was not mounted looks like one that is new; where the machine's
 * own table says that a disk belongs there, that can be told apart.
 */
final class MountTable {

    private static final Path WANTED = Path.of("/etc/fstab");
    private static final Path MOUNTED = Path.of("/proc/self/mountinfo");

    /** Fields of a line of either. */
    private static final int WANTED_POINT = 1;
    private static final int WANTED_OPTIONS = 3;
    private static final int MOUNTED_POINT = 4;

    private final List<Path> wanted;
    private final List<Path> mounted;

    private MountTable(List<Path> wanted, List<Path> mounted) {
        this.wanted = wanted;
        this.mounted = mounted;
    }

    /** That of this machine; one that says nothing where it cannot be read. */
    static MountTable ofThisMachine() {
        try {
            // Linux's own files have a size of 0, so they are read to their end.
            return of(Files.readString(WANTED), new String(Files.readAllBytes(MOUNTED), StandardCharsets.UTF_8));
        } catch (IOException | RuntimeException unknown) {
            return new MountTable(List.of(), List.of());
        }
    }

    static MountTable of(String fstab, String mountinfo) {
        List<Path> wanted = new ArrayList<>();
        for (String line : fstab.split("\n")) {
            String[] fields = line.strip().split("\\s+");
            boolean isAtStart = fields.length > WANTED_OPTIONS && !fields[0].startsWith("#") && !List.of(fields[WANTED_OPTIONS].split(",")).contains("noauto");
            if (isAtStart && fields[WANTED_POINT].startsWith("/") && !fields[WANTED_POINT].equals("/")) {
                wanted.add(path(fields[WANTED_POINT]));
            }
        }
        List<Path> mounted = new ArrayList<>();
        for (String line : mountinfo.split("\n")) {
            String[] fields = line.split(" ");
            if (fields.length > MOUNTED_POINT) {
                mounted.add(path(fields[MOUNTED_POINT]));
            }
        }
        return new MountTable(wanted, mounted);
    }

    /** Both write what would end a field as a backslash and three octal digits. */
    private static Path path(String field) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && i + 3 < field.length()) {
                text.append((char) Integer.parseInt(field, i + 1, i + 4, 8));
                i += 3;
            } else {
                text.append(field.charAt(i));
            }
        }
        return Path.of(text.toString()).normalize();
    }

    /** The place at or above {@code directory} where a file system should be mounted and is not, {@code null} when there is none. */
    Path missingAbove(Path directory) {
        for (Path place = directory; place != null; place = place.getParent()) {
            if (mounted.contains(place)) {
                return null;
            }
            if (wanted.contains(place)) {
                return place;
            }
        }
        return null;
    }
}
