using System.Text.Json;
using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>The document is true: it names every route and no other, and answers are as it describes them.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class OpenApiTests(IngestBroker broker)
{
    private static readonly OpenApiDocument Document = new();

    [Fact]
    public async Task Every_route_is_described_and_what_is_described_is_a_route()
    {
        await using var world = await StartAsync(broker);

        Assert.Equal(world.Ingest.Routes.Select(route => $"{route.Pattern} {route.Method}").Order(StringComparer.Ordinal), Document.Operations.Select(known => $"{known.Path} {known.Method}").Order(StringComparer.Ordinal));
        var served = await world.GetAsync("/openapi.json");
        Assert.Equal(OpenApi.Document, System.Text.Encoding.UTF8.GetBytes(served.Body));
    }

    [Fact]
    public void References_lead_somewhere_and_names_of_operations_are_their_own()
    {
        Assert.Empty(Document.BrokenReferences());
        var names = Document.Operations.Select(known => known.Operation.GetProperty("operationId").GetString()).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        foreach (var (method, path, operation) in Document.Operations)
        {
            var parameters = operation.TryGetProperty("parameters", out var given) ? given.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "path").Select(p => p.GetProperty("name").GetString()!) : [];
            Assert.Equal((method, path, string.Join(',', path.Split('/').Where(part => part.StartsWith('{')).Select(part => part[1..^1]))), (method, path, string.Join(',', parameters)));
        }
    }

    [Fact]
    public async Task Answers_are_as_they_are_described()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var pipeline = await world.PipelineAsync("p", "GITHUB", ",\"teams\":[{\"id\":1}],\"params\":{\"before\":\"1h\",\"service\":\"s\"}");
        var source = await world.PostAsync("/api/alert-sources", """{"name":"s","integrationType":"ALERTMANAGER","escalationPolicy":{"id":4},"params":{"serviceLabels":["a"]}}""");
        var key = await world.PostAsync("/api/api-keys", """{"name":"k","scopes":["READ"],"expiresAt":"2999-01-01T00:00:00Z"}""");
        var policy = await world.PostAsync("/api/escalation-policies", """{"name":"e","teams":[{"id":1}]}""");
        var team = await world.PostAsync("/api/teams", """{"name":"t"}""");
        var seen = new HashSet<(string, string)>();
        var tour = new List<(string Method, string Path, string? Body, string? Key, int Status)>
        {
            ("POST", "/api/accounts", """{"accountId":"n","name":"N","before":"3h"}""", OperatorKey, 201), ("GET", "/api/accounts", null, OperatorKey, 200), ("PUT", "/api/accounts/n", """{"before":null}""", OperatorKey, 200),
            ("GET", "/api/accounts/acme", null, AdminKey, 200), ("DELETE", "/api/accounts/n", null, OperatorKey, 204), ("POST", "/api/accounts", "{}", AdminKey, 403), ("GET", "/api/accounts/x", null, AdminKey, 404),
            ("POST", GenericRoute, """{"summary":"x"}""", PipelineKey, 202), ("POST", GenericRoute, """{"summary":""}""", PipelineKey, 400), ("POST", GenericRoute, """{"summary":"x"}""", "nobody-has-this-key", 401),
            ("POST", GenericRoute, """{"summary":"x"}""", AdminKey, 403), ("POST", AlertRoute, """{"summary":"x","alertId":"a"}""", AlertKey, 202), ("POST", AlertRoute, "[]", AlertKey, 400),
            ("POST", GitHubRoute(UnsignedKey), "{}", null, 400), ("POST", GitHubRoute(SignedKey), "{}", null, 401), ("POST", GitLabRoute("nobody-has-this-key"), "{}", null, 401), ("POST", GitLabRoute(UnsignedGitLabKey), "{", null, 400),
            ("POST", ArgoCdRoute(UnsignedArgoCdKey), SomeArgoCd.Sync().ToJsonString(), null, 202), ("POST", CdEventsRoute(UnsignedCdEventsKey), "{}", null, 400), ("OPTIONS", CdEventsRoute(UnsignedCdEventsKey), null, null, 400),
            ("POST", AlertmanagerRoute(AlertmanagerKey), SomeAlertmanager.Group(SomeAlertmanager.Firing(), SomeAlertmanager.Firing().Without("labels")).ToJsonString(), null, 202),
            ("POST", AlertmanagerRoute(AlertmanagerKey), SomeAlertmanager.Group().With("alerts", "[]").ToJsonString(), null, 200), ("POST", IlertRoute(IlertKey), SomeIlert.Event().ToJsonString(), null, 202),
            ("POST", PagerDutyRoute, SomePagerDuty.Change().ToJsonString(), null, 202), ("POST", PagerDutyRoute, "{}", null, 401), ("POST", PagerDutyRoute, $$"""{"routing_key":"{{PagerDutyKey}}"}""", null, 400),
            ("GET", "/api/caller", null, SendKey, 200), ("GET", "/api/caller", null, OperatorKey, 200), ("GET", "/api/caller", null, null, 401),
            ("GET", "/healthz", null, null, 200), ("GET", "/readyz", null, null, 200), ("GET", "/openapi.json", null, null, 200),
        };
        foreach (var (route, made) in new[] { ("deployment-pipelines", pipeline), ("alert-sources", source), ("escalation-policies", policy), ("teams", team), ("api-keys", key) })
        {
            Check("POST", $"/api/{route}", 201, made);
            tour.AddRange(
            [
                ("GET", $"/api/{route}", null, AdminKey, 200), ("GET", $"/api/{route}?include=integrationUrl&max-results=100", null, AdminKey, 200), ("GET", $"/api/{route}?start-index=x", null, AdminKey, 400), ("GET", $"/api/{route}", null, null, 401),
                ("GET", $"/api/{route}", null, SendKey, 403), ("POST", $"/api/{route}", "{}", AdminKey, 400), ("POST", $"/api/{route}", "{}", SendKey, 403), ("GET", $"/api/{route}/{made.Id}", null, AdminKey, 200),
                ("GET", $"/api/{route}/1234567", null, AdminKey, 404), ("PUT", $"/api/{route}/{made.Id}", "{}", AdminKey, 400), ("PUT", $"/api/{route}/{made.Id}", """{"name":"renamed"}""", AdminKey, 200), ("PUT", $"/api/{route}/1", """{"name":"y"}""", AdminKey, made == policy ? 404 : made == source ? 404 : 409),
                ("PUT", $"/api/{route}/1234567", """{"name":"y"}""", AdminKey, 404), ("GET", $"/api/{route}/name/renamed", null, AdminKey, 200), ("GET", $"/api/{route}/name/nothing", null, AdminKey, 404),
            ]);
            if (route is "deployment-pipelines" or "alert-sources")
                tour.AddRange(
                [
                    ("POST", $"/api/{route}/{made.Id}/integration-key", null, AdminKey, 200), ("POST", $"/api/{route}/{made.Id}/integration-key", """{"overlap":"x"}""", AdminKey, 400),
                    ("POST", $"/api/{route}/{made.Id}/signing-secret", """{"signingSecret":"12345678"}""", AdminKey, 200), ("POST", $"/api/{route}/{made.Id}/signing-secret", "{}", AdminKey, 400),
                ]);
            tour.AddRange([("DELETE", $"/api/{route}/{made.Id}", null, AdminKey, 204), ("DELETE", $"/api/{route}/{made.Id}", null, AdminKey, 404)]);
        }

        foreach (var (method, path, body, bearer, status) in tour)
            Check(method, path, status, await world.SendAsync(method, path, body, bearer));
        Assert.Empty(Document.Operations.Select(known => known.Operation.GetProperty("operationId").GetString()).Except(seen.Select(each => Operation(each.Item1, each.Item2))));

        void Check(string method, string path, int status, Reply reply)
        {
            Assert.True((int)reply.Status == status, $"{method} {path}: {reply}");
            Assert.True(Document.Problem(method, path, status, reply.Body) is not { } problem, $"{method} {path}: {Document.Problem(method, path, status, reply.Body)}: {reply}");
            seen.Add((method, path));
        }

        static string? Operation(string method, string path) => Document.Find(method, path).GetProperty("operationId").GetString();
    }

    /// <summary>Each field of the generic bodies is read: a value of a wrong type in it is refused by its name.</summary>
    [Theory]
    [InlineData("DeploymentEvent", GenericRoute, PipelineKey, """{"summary":"x"}""")]
    [InlineData("AlertEvent", AlertRoute, AlertKey, """{"summary":"x","alertId":"a"}""")]
    public async Task Each_field_that_is_described_is_one_that_is_read(string schema, string route, string key, string body)
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        foreach (var property in Document.Schema(schema).GetProperty("properties").EnumerateObject())
        {
            if (property.Name is "integrationKey" or "apiKey" or "pipelineId" or "alertSourceId")
                continue;
            var fields = JsonSerializer.Deserialize<Dictionary<string, object>>(body)!;
            fields[property.Name] = true;
            var reply = await world.PostAsync(route, JsonSerializer.Serialize(fields), key);
            Assert.Equal((400, property.Name), ((int)reply.Status, reply.Text("field")));
        }
    }
}
