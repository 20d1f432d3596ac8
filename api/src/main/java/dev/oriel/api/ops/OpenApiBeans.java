package dev.oriel.api.ops;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.api.http.Public;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.Problem;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.ArraySchema;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.parameters.PathParameter;
import io.swagger.v3.oas.models.parameters.QueryParameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import io.swagger.v3.oas.models.tags.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What {@code /openapi.json} says beyond what the controllers say themselves. */
@Configuration(proxyBeanMethods = false)
class OpenApiBeans {
    private static final String BEARER = "bearer";
    private static final String COOKIE = "cookie";
    private static final String PROBLEM = "Problem";
    /** Features whose routes take {@code ?team=ID}. */
    private static final Set<String> OF_TEAMS =
            Set.of("vm", "disc", "template", "snapshot", "usage", "hook", "session", "share", "recording", "upload");

    private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)}");
    private static final Map<String, String> MEANINGS = Map.of(
            "200", "Done",
            "201", "Made",
            "202", "Under way: it was not done within Prefer: wait",
            "204", "Gone",
            "302", "Elsewhere",
            "206", "The part that Range asks for",
            "503", "Something that it needs does not answer");

    static {
        SpringDocUtils.getConfig().addRequestWrapperToIgnore(Caller.class);
    }

    @Bean
    OpenAPI openApi(ApiConfig config) {
        Properties words = words();
        List<Tag> groups = Arrays.stream(words.getProperty("order", "").split(" ", -1))
                .map(feature -> new Tag().name(words.getProperty(feature, feature)))
                .toList();
        return new OpenAPI()
                .tags(groups)
                .info(new Info()
                        .title("Oriel")
                        .version("0.1")
                        .description(
                                "Real virtual machines in the browser. Errors are RFC 9457 problems; `code` is"
                                        + " stable. Times are ISO 8601 in UTC, sizes are bytes unless their name says otherwise.")
                        .license(new License().name("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0")))
                .servers(List.of(new Server().url(config.apiUrl().toString())))
                .components(new Components()
                        .addSecuritySchemes(
                                BEARER,
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.HTTP)
                                        .scheme("bearer")
                                        .bearerFormat("JWT")
                                        .description("The accessToken of /auth/login: for programs."))
                        .addSecuritySchemes(
                                COOKIE,
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.APIKEY)
                                        .in(SecurityScheme.In.COOKIE)
                                        .name("__Host-oriel-access")
                                        .description("Set by /auth/login: for pages of the same origin.")))
                .addSecurityItem(new SecurityRequirement().addList(BEARER))
                .addSecurityItem(new SecurityRequirement().addList(COOKIE));
    }

    /** Every operation may fail, and always in the same form. */
    @Bean
    OpenApiCustomizer problemsEverywhere() {
        return api -> {
            api.getComponents().addSchemas(PROBLEM, problem());
            api.getPaths().values().stream()
                    .flatMap(path -> path.readOperations().stream())
                    .forEach(OpenApiBeans::addProblem);
        };
    }

    /** Variables of paths that a controller does not ask for: generators of clients insist on them. */
    @Bean
    OpenApiCustomizer everyVariableDeclared() {
        return api -> api.getPaths()
                .forEach((path, item) -> VARIABLE.matcher(path)
                        .results()
                        .map(match -> match.group(1))
                        .forEach(name -> item.readOperations().forEach(operation -> declare(operation, name))));
    }

    private static void declare(Operation operation, String variable) {
        List<Parameter> known = Objects.requireNonNullElse(operation.getParameters(), List.of());
        if (known.stream()
                .noneMatch(one -> one.getIn().equals("path") && one.getName().equals(variable))) {
            operation.addParametersItem(new PathParameter().name(variable).schema(new StringSchema()));
        }
    }

    /** Names, groups and one line for each operation; what is {@link Public} needs no login. */
    @Bean
    OperationCustomizer wording() {
        Properties words = words();
        return (operation, method) -> {
            String feature = method.getBeanType().getPackageName().replaceFirst(".*\\.", "");
            String id = feature + "." + method.getMethod().getName();
            operation.setOperationId(id);
            operation.setTags(List.of(words.getProperty(feature, feature)));
            operation.setSummary(words.getProperty(id, method.getMethod().getName()));
            boolean open = method.hasMethodAnnotation(Public.class)
                    || method.getBeanType().isAnnotationPresent(Public.class);
            if (open) {
                operation.setSecurity(List.of());
            }
            if (OF_TEAMS.contains(feature) && !open) {
                operation.addParametersItem(new QueryParameter()
                        .name("team")
                        .description(
                                "The id of a team that the caller belongs to: then this is about what the team has")
                        .schema(new StringSchema().format("uuid")));
            }
            statuses(operation, words.getProperty(id + ".statuses", ""));
            return operation;
        };
    }

    /** What a method that makes its own answer may say instead of 200: the first takes its place, others come beside. */
    private static void statuses(Operation operation, String listed) {
        ApiResponse usual = operation.getResponses().get("200");
        if (listed.isEmpty() || usual == null) {
            return;
        }
        List<String> statuses = List.of(listed.split(",", -1));
        if (!statuses.contains("200")) {
            operation.getResponses().remove("200");
        }
        for (String status : statuses) {
            ApiResponse response = new ApiResponse().description(MEANINGS.getOrDefault(status, status));
            boolean empty = List.of("204", "302", "304").contains(status);
            operation.getResponses().addApiResponse(status, empty ? response : response.content(usual.getContent()));
        }
    }

    private static Properties words() {
        Properties words = new Properties();
        try (InputStream in = OpenApiBeans.class.getResourceAsStream("operations.properties")) {
            words.load(Objects.requireNonNull(in, "operations.properties"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return words;
    }

    private static void addProblem(Operation operation) {
        Content content = new Content()
                .addMediaType(
                        Problem.MEDIA_TYPE,
                        new io.swagger.v3.oas.models.media.MediaType()
                                .schema(new Schema<>().$ref("#/components/schemas/" + PROBLEM)));
        operation
                .getResponses()
                .addApiResponse(
                        "default", new ApiResponse().description("A problem").content(content));
    }

    private static Schema<?> problem() {
        StringSchema codes = new StringSchema();
        codes.setEnum(Arrays.stream(ErrorCode.values()).map(ErrorCode::slug).toList());
        return new ObjectSchema()
                .description("RFC 9457 problem; some codes add members, like state and allowed.")
                .addProperty("type", new StringSchema().example("about:blank"))
                .addProperty("title", new StringSchema())
                .addProperty("status", new IntegerSchema())
                .addProperty("code", codes)
                .addProperty("detail", new StringSchema().description("What happened, for people."))
                .addProperty("hint", new StringSchema().description("What to do about it."))
                .addProperty("requestId", new StringSchema().description("Ties this answer to the log."))
                .addProperty(
                        "errors",
                        new ArraySchema()
                                .items(new ObjectSchema()
                                        .addProperty("field", new StringSchema())
                                        .addProperty("message", new StringSchema())));
    }
}
