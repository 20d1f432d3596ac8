package dev.oriel.host.qemu;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** Runs as a program of its own, inside a network namespace that plays a machine or the world. */
final class EgressTrial {
    private EgressTrial() {}

    /**
     * {@code serve WORD PORT...}: answers every connection with the word, until killed. {@code reach DIRECTORY UID RULES
     * ADDRESS:PORT...}: tries each from inside a guest's network and prints what answered.
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("serve")) {
            serve(arguments[1], Arrays.copyOfRange(arguments, 2, arguments.length));
        } else {
            reach(
                    Path.of(arguments[1]),
                    arguments[2],
                    arguments[3],
                    Arrays.copyOfRange(arguments, 4, arguments.length));
        }
    }

    private static void serve(String word, String[] ports) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        for (String port : ports) {
            sockets.add(new ServerSocket(Integer.parseInt(port)));
        }
        for (ServerSocket socket : sockets) {
            Thread.ofPlatform().start(() -> answer(socket, word));
        }
        System.out.println("serving");
    }

    private static void answer(ServerSocket socket, String word) {
        while (true) {
            try (Socket caller = socket.accept()) {
                caller.getOutputStream().write((word + "\n").getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void reach(Path directory, String uid, String rules, String[] targets) throws Exception {
        OptionalInt own = uid.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(uid));
        Egress egress = new Egress(EgressRules.of(rules.isEmpty() ? List.of() : List.of(rules.split(","))), own);
        Files.createDirectories(directory);
        try (EgressNetwork network = egress.open(directory)) {
            System.out.println("keeper " + network);
            for (String target : targets) {
                System.out.println(target + " " + tried(network, target));
            }
        }
    }

    private static String tried(EgressNetwork network, String target) throws Exception {
        int colon = target.lastIndexOf(':');
        String file = "/dev/tcp/" + target.substring(0, colon) + "/" + target.substring(colon + 1);
        List<String> line = new ArrayList<>(network.enter());
        line.addAll(List.of("timeout", "5", "bash", "-c", "exec 3<>" + file + " && head -n 1 <&3"));
        long began = System.nanoTime();
        Process process = new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        boolean ended = process.waitFor(10, TimeUnit.SECONDS);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        return answer.isEmpty() ? (ended && millis < 3000 ? "refused" : "silent") : answer;
    }
}
