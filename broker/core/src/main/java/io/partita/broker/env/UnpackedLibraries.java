package io.partita.broker.env;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the shared libraries of snappy and zstd go: their jars unpack them into a temporary directory when the first batch needs them, which fails
 * where that is mounted {@code noexec} or cannot be written to. Loading them at every start to find out would cost tens of milliseconds and
 * megabytes that most brokers never need, so the directory is looked at instead. Called once, while a broker starts.
 */
public final class UnpackedLibraries {

    private static final Path MOUNTS = Path.of("/proc/self/mounts");
    private static final String TEMPORARY = "java.io.tmpdir";

    /** A library, and the setting of the JVM that names a directory for it alone. */
    private record Library(String name, String property) {}

    private static final List<Library> LIBRARIES = List.of(new Library("snappy", "org.xerial.snappy.tempdir"), new Library("zstd", "ZstdTempFolder"));

    private UnpackedLibraries() {}

    /** One sentence for each library that will not be loadable, with what to do about it. */
    public static List<String> problems() {
        List<String> mounts = mounts();
        List<String> problems = new ArrayList<>(0);
        for (Library library : LIBRARIES) {
            Path directory = Path.of(System.getProperty(library.property, System.getProperty(TEMPORARY)));
            String problem = problem(directory, mounts);
            if (problem != null) {
                problems.add("Batches compressed with " + library.name + " cannot be opened or made, and their producers get UNSUPPORTED_COMPRESSION_TYPE: the"
                        + " library for it is unpacked into " + directory + ", which " + problem + ". Start the JVM with -D" + TEMPORARY + "=DIRECTORY (or -D"
                        + library.property + "=DIRECTORY for " + library.name + " alone), naming one that can be written to and is not mounted noexec.");
            }
        }
        return problems;
    }

    /**
     * What is wrong with a directory, {@code null} when nothing is.
     *
     * @param mounts lines of {@code /proc/mounts}; none where the system has no such file
     */
    static String problem(Path directory, List<String> mounts) {
        if (!Files.isDirectory(directory)) {
            return "does not exist";
        }
        if (!Files.isWritable(directory)) {
            return "cannot be written to";
        }
        Path real;
        try {
            real = directory.toRealPath();
        } catch (IOException e) {
            return "cannot be read: " + e.getMessage();
        }
        return isNoexec(real, mounts) ? "is mounted noexec" : null;
    }

    private static boolean isNoexec(Path directory, List<String> mounts) {
        int depth = -1;
        boolean noexec = false;
        for (String line : mounts) {
            // device, mount point, type, options, two numbers
            String[] fields = line.split(" ");
            if (fields.length < 4) {
                continue;
            }
            Path point = Path.of(fields[1].replace("\\040", " "));
            // Of several mounts on one point the last one counts.
            if (directory.startsWith(point) && point.getNameCount() >= depth) {
                depth = point.getNameCount();
                noexec = List.of(fields[3].split(",")).contains("noexec");
            }
        }
        return noexec;
    }

    private static List<String> mounts() {
        try {
            return Files.exists(MOUNTS) ? Files.readAllLines(MOUNTS, StandardCharsets.UTF_8) : List.of();
        } catch (IOException unreadable) {
            return List.of();
        }
    }
}
