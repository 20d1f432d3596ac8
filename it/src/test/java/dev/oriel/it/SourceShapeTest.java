package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** Size caps of the house: files of at most 500 lines, methods of at most 60, every package null-marked. */
class SourceShapeTest {
    private static final int MAX_FILE_LINES = 500;
    private static final int MAX_METHOD_LINES = 60;
    private static final Path ROOT = Path.of("").toAbsolutePath().resolve("..").normalize();

    @Test
    void files_staySmall() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : sources()) {
            int lines = Files.readAllLines(file).size();
            if (lines > MAX_FILE_LINES) {
                tooLong.add(ROOT.relativize(file) + ": " + lines + " lines");
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void methods_staySmall() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> tooLong = new ArrayList<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, diagnostic -> {}, List.of(), null, files.getJavaFileObjectsFromPaths(sources()));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new MethodLengths(unit, positions).scan(unit, tooLong);
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void everyPackage_isNullMarked() throws IOException {
        List<String> unmarked = new ArrayList<>();
        for (Path directory : sources().stream().map(Path::getParent).distinct().toList()) {
            Path info = directory.resolve("package-info.java");
            boolean inMain = directory.toString().contains("/src/main/");
            if (inMain && (!Files.exists(info) || !Files.readString(info).contains("@NullMarked"))) {
                unmarked.add(ROOT.relativize(directory).toString());
            }
        }
        assertThat(unmarked).isEmpty();
    }

    private static List<Path> sources() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String module : new String[] {"core", "host", "gateway", "api", "app", "it", "bench"}) {
            Path source = ROOT.resolve(module).resolve("src");
            if (Files.isDirectory(source)) {
                try (Stream<Path> walk = Files.walk(source)) {
                    walk.filter(path -> path.toString().endsWith(".java")).forEach(found::add);
                }
            }
        }
        assertThat(found).hasSizeGreaterThan(20);
        return found;
    }

    private static final class MethodLengths extends TreeScanner<Void, List<String>> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;

        MethodLengths(CompilationUnitTree unit, SourcePositions positions) {
            this.unit = unit;
            this.positions = positions;
        }

        @Override
        public Void visitMethod(MethodTree method, List<String> tooLong) {
            LineMap lines = unit.getLineMap();
            long length = lines.getLineNumber(positions.getEndPosition(unit, method))
                    - lines.getLineNumber(positions.getStartPosition(unit, method))
                    + 1;
            if (length > MAX_METHOD_LINES) {
                tooLong.add(unit.getSourceFile().getName() + ": " + method.getName() + " has " + length + " lines");
            }
            return super.visitMethod(method, tooLong);
        }
    }
}
