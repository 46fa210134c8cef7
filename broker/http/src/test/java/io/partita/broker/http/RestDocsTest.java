package io.partita.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The curl lines of docs/REST.md, one after the other, as they stand there. */
class RestDocsTest {

    private static final Path PAGE = Path.of("../../docs/REST.md");

    @Test
    void everyCurlLineOfThePageWorks() throws Exception {
        List<String> lines = lines();
        assertTrue(lines.size() > 25, lines.size() + " lines");
        try (ServedBroker served = ServedBroker.start(Map.of())) {
            for (String line : lines) {
                run(line, served.server.port());
            }
        }
    }

    private static List<String> lines() throws IOException {
        List<String> lines = new ArrayList<>();
        boolean inBlock = false;
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("```")) {
                inBlock = line.equals("```sh");
            } else if (inBlock) {
                lines.add(line);
            }
        }
        return lines;
    }

    private static void run(String line, int port) throws IOException, InterruptedException {
        String command = line.replace("localhost:8080", "127.0.0.1:" + port).replace("curl ", "curl --fail-with-body ");
        Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        // A stream ends when curl has listened for as long as it was told.
        assertEquals(line.contains("--max-time") ? 28 : 0, exit, line + "\n" + answer);
        assertFalse(answer.contains("\"status\":"), line + "\n" + answer);
        assertTrue(line.contains("DELETE") || !answer.isEmpty(), line);
    }
}
