package io.partita.broker.env;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountTableTest {

    private static final String FSTAB = """
            # what is mounted where
            UUID=1-2   /                ext4  errors=remount-ro  0 1
            /dev/sdb1  /var/lib/kafka   xfs   defaults,nofail    0 2
            /dev/sdc1  /mnt/other\\040disk  xfs   noatime            0 2
            /dev/sdd1  /mnt/by-hand     xfs   noauto,user        0 0
            /dev/sde1  none             swap  sw                 0 0
            tmpfs
            """;

    private static final String MOUNTED = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            """;

    @Test
    void aDiskThatShouldBeThereAndIsNotIsMissed() {
        MountTable table = MountTable.of(FSTAB, MOUNTED);

        assertEquals(Path.of("/var/lib/kafka"), table.missingAbove(Path.of("/var/lib/kafka/data")));
        assertEquals(Path.of("/mnt/other disk"), table.missingAbove(Path.of("/mnt/other disk")));
        assertNull(table.missingAbove(Path.of("/var/lib/partita")), "nothing is said of it");
        assertNull(table.missingAbove(Path.of("/mnt/by-hand/data")), "whoever mounts by hand may not want to");
    }

    @Test
    void oneThatIsMountedOrHasAnotherMountedInItIsThere() {
        MountTable table = MountTable.of(FSTAB, MOUNTED + "31 22 8:17 / /var/lib/kafka rw shared:2 - xfs /dev/sdb1 rw\n"
                + "32 22 8:33 / /mnt/other\\040disk/data rw shared:3 - xfs /dev/sdf1 rw\n");

        assertNull(table.missingAbove(Path.of("/var/lib/kafka/data")));
        assertNull(table.missingAbove(Path.of("/mnt/other disk/data")));
        assertEquals(Path.of("/mnt/other disk"), table.missingAbove(Path.of("/mnt/other disk/more")));
    }

    @Test
    void whatCannotBeReadSaysNothing() {
        assertNull(MountTable.of("", "").missingAbove(Path.of("/data")));
        assertNull(MountTable.ofThisMachine().missingAbove(Path.of("/proc/self")));
    }
}
