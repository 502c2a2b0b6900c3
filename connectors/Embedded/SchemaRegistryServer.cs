using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>A schema registry in this process, on loopback, that speaks enough of Confluent's API for Kafka's usual clients. It forgets all when it stops.</summary>
/// <remarks>https://docs.confluent.io/platform/current/schema-registry/develop/api.html; schemas of Avro only.</remarks>
public sealed class SchemaRegistryServer : IAsyncDisposable
{
    private const int BodyBytesMax = 4 << 20;
    private const string MediaType = "application/vnd.schemaregistry.v1+json";
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = AvroSchema.JsonDepthMax };
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = AvroSchema.JsonDepthMax };

    private readonly WebApplication app;

    private SchemaRegistryServer(WebApplication app) => this.app = app;

    /// <summary>The base URL for clients.</summary>
    public string Url => app.Urls.First();

    /// <param name="port">0 takes a free one.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<SchemaRegistryServer> StartAsync(int port, CancellationToken ct)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
        });
        builder.Services.AddRouting();
        WebApplication app = builder.Build();
        try
        {
            app.UseRouting();
            Map(app);
            await app.StartAsync(ct);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return new SchemaRegistryServer(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>Adds the API of a new and empty registry to a server.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var schemas = new RegisteredSchemas();
        MapSchemas(routes, schemas);
        MapSubjects(routes, schemas);
        MapLevels(routes, schemas);
        Get(routes, "/", _ => new JsonObject());
        Get(routes, "/mode", _ => new JsonObject { ["mode"] = "READWRITE" });
        Get(routes, "/mode/{subject}", _ => new JsonObject { ["mode"] = "READWRITE" });
    }

    private static void MapSchemas(IEndpointRouteBuilder routes, RegisteredSchemas schemas)
    {
        Get(routes, "/schemas/types", _ => new JsonArray("AVRO"));
        Get(routes, "/schemas/ids/{id:int}", request => Schema(schemas.ById(Id(request))));
        Get(routes, "/schemas/ids/{id:int}/schema", request => Bare(schemas.ById(Id(request)).Schema));
        Get(routes, "/schemas/guids/{guid:guid}", request => Schema(schemas.ByGuid(Guid.Parse(Route(request, "guid")))));
        Get(routes, "/schemas/guids/{guid:guid}/ids", request => new JsonArray(
            new JsonObject { ["context"] = ".", ["id"] = schemas.ByGuid(Guid.Parse(Route(request, "guid"))).Id }));
        Get(routes, "/schemas/ids/{id:int}/subjects", request => Names(schemas.UsesOf(Id(request)).Select(use => use.Subject).Distinct()));
        Get(routes, "/schemas/ids/{id:int}/versions", request => new JsonArray(
            [.. schemas.UsesOf(Id(request)).Select(use => new JsonObject { ["subject"] = use.Subject, ["version"] = use.Version })]));
    }

    private static void MapSubjects(IEndpointRouteBuilder routes, RegisteredSchemas schemas)
    {
        Get(routes, "/subjects", _ => Names(schemas.Subjects));
        Get(routes, "/subjects/{subject}/versions", request => new JsonArray([.. schemas.VersionsOf(Subject(request)).Select(found => JsonValue.Create(found.Version))]));
        Get(routes, "/subjects/{subject}/versions/{version}", request => Version(schemas.Version(Subject(request), Route(request, "version"))));
        Get(routes, "/subjects/{subject}/versions/{version}/schema", request =>
            Bare(schemas.Version(Subject(request), Route(request, "version")).Schema));
        Post(routes, "/subjects/{subject}/versions", (request, body) => Registered(schemas.Register(Subject(request), Asked(body))));
        Get(routes, "/subjects/{subject}/versions/{version}/referencedby", request => new JsonArray(
            [.. schemas.ReferrersOf(schemas.Version(Subject(request), Route(request, "version"))).Select(id => JsonValue.Create(id))]));
        Post(routes, "/subjects/{subject}", (request, body) => Version(schemas.Lookup(Subject(request), Asked(body))));
        Post(routes, "/compatibility/subjects/{subject}/versions", (request, body) => Verdict(request, schemas.Problem(Subject(request), Asked(body), null)));
        Post(routes, "/compatibility/subjects/{subject}/versions/{version}", (request, body) =>
            Verdict(request, schemas.Problem(Subject(request), Asked(body), Route(request, "version"))));
    }

    private static void MapLevels(IEndpointRouteBuilder routes, RegisteredSchemas schemas)
    {
        Get(routes, "/config", _ => new JsonObject { ["compatibilityLevel"] = schemas.LevelOf(null) });
        Get(routes, "/config/{subject}", request => new JsonObject
        {
            ["compatibilityLevel"] = schemas.LevelOf(Subject(request))
                ?? (request.Query["defaultToGlobal"] == "true" ? schemas.LevelOf(null) : null)
                ?? throw new RegistryRefusal(404, 40408, $"Subject '{Subject(request)}' does not have subject-level compatibility configured"),
        });
        Put(routes, "/config", (_, body) => SetLevel(schemas, null, body));
        Put(routes, "/config/{subject}", (request, body) => SetLevel(schemas, Subject(request), body));
    }

    private static JsonObject SetLevel(RegisteredSchemas schemas, string? subject, JsonObject body)
    {
        string? level = Text(body, "compatibility");
        schemas.SetLevel(subject, level);
        return new JsonObject { ["compatibility"] = level };
    }

    private static JsonObject Version(RegisteredVersion found)
    {
        var answer = new JsonObject { ["subject"] = found.Subject, ["version"] = found.Version, ["id"] = found.Id, ["guid"] = found.Registered.Guid.ToString() };
        return WithSchema(answer, found.Registered);
    }

    private static JsonObject Registered(RegisteredVersion found)
    {
        var answer = new JsonObject { ["id"] = found.Id, ["version"] = found.Version, ["guid"] = found.Registered.Guid.ToString() };
        return WithSchema(answer, found.Registered);
    }

    private static JsonObject Schema(RegisteredSchema found) => WithSchema(new JsonObject { ["guid"] = found.Guid.ToString() }, found);

    private static JsonObject WithSchema(JsonObject answer, RegisteredSchema found)
    {
        answer["schema"] = found.Schema.Json;
        if (found.References.Count > 0)
        {
            answer["references"] = new JsonArray([.. found.References.Select(
                reference => new JsonObject { ["name"] = reference.Name, ["subject"] = reference.Subject, ["version"] = reference.Version })]);
        }
        return answer;
    }

    private static JsonNode? Bare(AvroSchema schema) => JsonNode.Parse(schema.Json, documentOptions: Strict);

    private static JsonObject Verdict(HttpRequest request, string? problem)
    {
        var verdict = new JsonObject { ["is_compatible"] = problem is null };
        if (request.Query["verbose"] == "true")
            verdict["messages"] = problem is null ? new JsonArray() : new JsonArray(problem);
        return verdict;
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => JsonValue.Create(name))]);

    private static int Id(HttpRequest request) => int.Parse(Route(request, "id"), null);

    private static string Subject(HttpRequest request) => Route(request, "subject");

    private static string Route(HttpRequest request, string name) => (string)request.RouteValues[name]!;

    private static SchemaText Asked(JsonObject body)
    {
        if (Text(body, "schemaType") is { } type && type != "AVRO")
            throw new RegistryRefusal(422, 42201, $"Invalid schema type {type}: only AVRO is supported");
        string schema = Text(body, "schema") ?? throw new RegistryRefusal(422, 42201, "Invalid schema: 'schema' is missing");
        try
        {
            return new SchemaText(schema, SchemaReference.In(JsonSerializer.SerializeToElement<JsonNode>(body, Readable)));
        }
        catch (AvroSchemaException e)
        {
            throw new RegistryRefusal(422, 42201, $"Invalid schema: {e.Message}");
        }
    }

    private static string? Text(JsonObject body, string name) => body[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static void Get(IEndpointRouteBuilder routes, string pattern, Func<HttpRequest, JsonNode?> answer) =>
        routes.MapGet(pattern, context => RespondAsync(context, (request, _) => answer(request)));

    private static void Post(IEndpointRouteBuilder routes, string pattern, Func<HttpRequest, JsonObject, JsonNode> answer) =>
        routes.MapPost(pattern, context => RespondAsync(context, answer));

    private static void Put(IEndpointRouteBuilder routes, string pattern, Func<HttpRequest, JsonObject, JsonNode> answer) =>
        routes.MapPut(pattern, context => RespondAsync(context, answer));

    private static async Task RespondAsync(HttpContext context, Func<HttpRequest, JsonObject, JsonNode?> answer)
    {
        JsonNode? body;
        try
        {
            JsonObject asked = HttpMethods.IsGet(context.Request.Method) ? [] : await BodyAsync(context);
            body = answer(context.Request, asked);
        }
        catch (RegistryRefusal refusal)
        {
            context.Response.StatusCode = refusal.Status;
            body = new JsonObject { ["error_code"] = refusal.Code, ["message"] = refusal.Message };
        }
        context.Response.ContentType = MediaType;
        await context.Response.WriteAsync(body?.ToJsonString(Readable) ?? "null", context.RequestAborted);
    }

    private static async Task<JsonObject> BodyAsync(HttpContext context)
    {
        try
        {
            JsonNode? body = await JsonNode.ParseAsync(context.Request.Body, documentOptions: Strict, cancellationToken: context.RequestAborted);
            return body as JsonObject ?? throw new RegistryRefusal(400, 400, "The body is no JSON object");
        }
        catch (JsonException e)
        {
            throw new RegistryRefusal(400, 400, $"The body is no JSON: {e.Message}");
        }
    }
}
