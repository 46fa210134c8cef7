package io.partita.broker.env;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedLibrariesTest {

    @TempDir
    private Path root;

    private Path directory;

    @BeforeEach
    void aDirectoryOfManyNames() throws IOException {
        root = root.toRealPath();
        directory = Files.createDirectories(root.resolve("with space/below"));
    }

    private static String mount(Path point, String options) {
        return "tmpfs " + point.toString().replace(" ", "\\040") + " tmpfs " + options + " 0 0";
    }

    private String problem(String... mounts) {
        return UnpackedLibraries.problem(directory, List.of(mounts));
    }

    @Test
    void theDirectoryMustBeThere() {
        assertEquals("does not exist", UnpackedLibraries.problem(root.resolve("missing"), List.of()));
        assertNull(problem());
    }

    @Test
    void theNearestMountDecides() {
        String above = mount(root, "rw,noexec");
        assertEquals("is mounted noexec", problem("", "proc /proc proc rw,noexec 0 0", above));
        assertNull(problem(above, mount(root.resolve("with space"), "rw,nosuid")));
        assertNull(problem(mount(root.resolve("with space"), "rw,nosuid"), above));
        assertEquals("is mounted noexec", problem(mount(directory, "rw,nosuid,noexec,relatime"), mount(root, "rw")));
        assertNull(problem(mount(directory, "rw,noexec"), mount(directory, "rw")), "mounted over");
        assertNull(problem(mount(root.resolve("with"), "rw,noexec")), "another name that begins alike");
    }

    @Test
    void aLinkLeadsToWhereItPoints() throws IOException {
        Path link = Files.createSymbolicLink(root.resolve("link"), directory);
        assertEquals("is mounted noexec", UnpackedLibraries.problem(link, List.of(mount(root, "rw"), mount(directory, "noexec"))));
    }
}
