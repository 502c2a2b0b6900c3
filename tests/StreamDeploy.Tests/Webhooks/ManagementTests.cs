using System.Net;
using System.Text;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

[Collection(IngestTestGroup.Name)]
public sealed class ManagementTests(IngestBroker broker)
{
    private const string Pipelines = "/api/deployment-pipelines";

    [Fact]
    public async Task A_pipeline_is_made_with_a_key_that_is_shown_once_and_opens_its_door()
    {
        await using var world = await ManagementWorld.StartAsync(broker);

        var made = await world.PipelineAsync("checkout", more: """,  "teams":[{"id":1}],"params":{"before":"90m","service":"checkout"}""");
        var key = made.Text("integrationKey")!;

        Assert.Matches("^[a-z0-9]{32}$", key);
        Assert.Equal("https://events.acme.example/api/deployment-events", made.Text("integrationUrl"));
        Assert.Equal($"{Pipelines}/{made.Id}", made.Location);
        Assert.NotNull(made.ETag);
        Assert.Equal("""[{"id":1,"name":"Payments"}]""", made.Text("teams"));
        Assert.Equal("1h30m", made.Json.GetProperty("params").GetProperty("before").GetString());
        Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(key)).Status);
        var deployment = Assert.Single(await ReadAllAsync<Deployment>(world.Topics.Deployments));
        Assert.Equal(("acme", made.Id, "checkout"), (deployment.AccountId, deployment.PipelineId, deployment.Service));

        foreach (var path in new[] { $"{Pipelines}/{made.Id}", $"{Pipelines}/name/checkout", Pipelines, $"{Pipelines}/{made.Id}?include=integrationUrl" })
        {
            var shown = await world.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, shown.Status);
            Assert.DoesNotContain(key, shown.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(IntegrationKey.Hash(key), shown.Body, StringComparison.Ordinal);
        }

        var hub = await world.PostAsync(Pipelines + "?include=integrationUrl", """{"name":"hub","integrationType":"GITHUB"}""");
        Assert.Equal("https://events.acme.example/api/v1/deployment-events/github/" + hub.Text("integrationKey"), hub.Text("integrationUrl"));
        Assert.Equal(made.ETag, (await world.GetAsync($"{Pipelines}/{made.Id}")).ETag);
        Assert.Equal("https://events.acme.example/api/deployment-events", (await world.GetAsync($"{Pipelines}/{made.Id}?include=integrationUrl")).Text("integrationUrl"));
    }

    [Fact]
    public async Task Whoever_has_a_key_may_ask_whose_it_is()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var key = (await world.PostAsync("/api/accounts", """{"accountId":"fresh","name":"Fresh \"Corp\""}""", OperatorKey)).Text("apiKey");

        Assert.Equal("""{"accountId":"acme","accountName":null,"actor":"api-key/1","scopes":["ADMIN"]}""", (await AskAsync(AdminKey)).Body);
        Assert.Equal("""{"accountId":"acme","accountName":null,"actor":"api-key/4","scopes":["INGEST"]}""", (await AskAsync(SendKey)).Body);
        Assert.Equal("api-key/1", (await AskAsync(OtherAdminKey)).Text("actor"));
        Assert.Equal("other", (await AskAsync(OtherAdminKey)).Text("accountId"));
        Assert.Equal(("fresh", "Fresh \"Corp\""), ((await AskAsync(key)).Text("accountId"), (await AskAsync(key)).Text("accountName")));
        Assert.Equal("""{"accountId":null,"accountName":null,"actor":"operator","scopes":[],"operator":true}""", (await AskAsync(OperatorKey)).Body);
        foreach (var wrong in new[] { null, AdminKey + "x", PipelineKey, "a.b.c" })
        {
            var reply = await AskAsync(wrong);
            Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHORIZED"), (reply.Status, reply.Code));
        }

        Task<Reply> AskAsync(string? bearer) => world.GetAsync("/api/caller", bearer);
    }

    [Fact]
    public async Task A_list_is_paged()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.Created, (await world.PostAsync("/api/teams", $$"""{"name":"team {{i}}"}""")).Status);

        var all = await world.GetAsync("/api/teams");
        var page = await world.GetAsync("/api/teams?start-index=2&max-results=2");

        Assert.Equal((6, "6"), (all.Json.GetArrayLength(), all.Total));
        Assert.Equal(all.Json.EnumerateArray().Skip(2).Take(2).Select(team => team.ToString()), page.Json.EnumerateArray().Select(team => team.ToString()));
        Assert.Equal(0, (await world.GetAsync("/api/teams?start-index=100")).Json.GetArrayLength());
        foreach (var (query, field) in new[] { ("max-results=101", "max-results"), ("max-results=0", "max-results"), ("start-index=-1", "start-index"), ("start-index=x", "start-index"), ("include=secrets", "include") })
            Assert.Equal((HttpStatusCode.BadRequest, field), ((await world.GetAsync("/api/teams?" + query)) is var reply ? reply.Status : default, reply.Text("field")));
    }

    [Fact]
    public async Task A_change_leaves_alone_what_it_does_not_name()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var made = await world.PipelineAsync("hub", "GITHUB", ""","shared":true,"teams":[{"id":1}],"params":{"branchFilters":["main"],"eventFilters":["push"],"before":"2h","service":"s"}""");
        var path = $"{Pipelines}/{made.Id}";

        // As ilert's client for Terraform sends it: with the key it once had, without what it does not know.
        var renamed = await world.SendAsync("PUT", path, """{"id":0,"name":"hub 2","integrationType":"GITHUB","integrationKey":"whatever","params":{"branchFilters":["release/*"]}}""");

        Assert.Equal(HttpStatusCode.OK, renamed.Status);
        Assert.Equal(("hub 2", "True"), (renamed.Text("name"), renamed.Text("shared")));
        Assert.Equal("""[{"id":1,"name":"Payments"}]""", renamed.Text("teams"));
        Assert.Equal("""{"branchFilters":["release/*"],"eventFilters":[],"before":"2h","service":"s"}""", renamed.Text("params"));
        Assert.Equal(made.Text("createdAt"), renamed.Text("createdAt"));
        var emptied = await world.SendAsync("PUT", path, """{"name":"hub 2","teams":[],"params":{"before":null,"service":null}}""");
        Assert.Equal(("[]", """{"branchFilters":[],"eventFilters":[]}"""), (emptied.Text("teams"), emptied.Text("params")));
    }

    [Fact]
    public async Task Who_changes_what_was_changed_since_is_told_so()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var made = await world.PipelineAsync("p");
        var path = $"{Pipelines}/{made.Id}";

        var first = await world.SendAsync("PUT", path, """{"name":"first"}""", headers: ("If-Match", made.ETag!));
        var second = await world.SendAsync("PUT", path, """{"name":"second"}""", headers: ("If-Match", made.ETag!));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed, "PRECONDITION_FAILED"), (first.Status, second.Status, second.Code));
        Assert.Equal("first", (await world.GetAsync(path)).Text("name"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await world.SendAsync("DELETE", path, headers: ("If-Match", made.ETag!))).Status);
        Assert.Equal(HttpStatusCode.NotModified, (await world.SendAsync("GET", path, headers: ("If-None-Match", first.ETag!))).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await world.SendAsync("DELETE", path, headers: ("If-Match", first.ETag!))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetAsync(path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.SendAsync("DELETE", path)).Status);
    }

    [Fact]
    public async Task What_one_instance_wrote_every_instance_knows_at_once()
    {
        await using var world = await ManagementWorld.StartAsync(broker, instances: 3);
        for (var round = 0; round < 5; round++)
        {
            var made = await world.PipelineAsync($"p{round}", instance: round % 3);
            var path = $"{Pipelines}/{made.Id}";

            Assert.Equal(made.ETag, (await world.GetAsync(path, instance: (round + 1) % 3)).ETag);
            Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(made.Text("integrationKey")!, (round + 2) % 3)).Status);
            Assert.Equal(HttpStatusCode.NoContent, (await world.SendAsync("DELETE", path, instance: (round + 1) % 3)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await world.GetAsync(path, instance: (round + 2) % 3)).Status);
        }
    }

    [Fact]
    public async Task A_key_is_rotated_with_an_overlap()
    {
        var clock = new ManualClock();
        await using var world = await ManagementWorld.StartAsync(broker, change: settings => settings with { Clock = clock });
        var made = await world.PipelineAsync("p");
        var old = made.Text("integrationKey")!;

        var rotated = await world.PostAsync($"{Pipelines}/{made.Id}/integration-key", """{"overlap":"1h"}""");
        var key = rotated.Text("integrationKey")!;

        Assert.Equal((HttpStatusCode.OK, "1"), (rotated.Status, rotated.Text("retiredKeys")));
        Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(old)).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(key)).Status);
        clock.UtcNow += TimeSpan.FromMinutes(59);
        Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(old)).Status);
        clock.UtcNow += TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.EventAsync(old)).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(key)).Status);

        var last = (await world.PostAsync($"{Pipelines}/{made.Id}/integration-key", """{"overlap":"0s"}""")).Text("integrationKey")!;
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.EventAsync(key)).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(last)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await world.SendAsync("DELETE", $"{Pipelines}/{made.Id}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.EventAsync(last)).Status);
    }

    [Fact]
    public async Task A_signing_secret_lies_sealed_in_the_topic_and_is_rotated_with_an_overlap()
    {
        var clock = new ManualClock { UtcNow = DateTimeOffset.UtcNow };
        await using var world = await ManagementWorld.StartAsync(broker, instances: 2, settings => settings with { Clock = clock });
        var made = await world.PipelineAsync("hub", "GITHUB", $",\"signingSecret\":\"{OldSecret}\"");
        Assert.Equal("1", made.Text("signingSecrets"));
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Unauthorized), (await PushAsync(OldSecret, instance: 1), await PushAsync(Secret, instance: 1)));

        Assert.Equal(HttpStatusCode.OK, (await world.PostAsync($"{Pipelines}/{made.Id}/signing-secret", $$"""{"signingSecret":"{{Secret}}","overlap":"10m"}""")).Status);

        await world.GetAsync(Pipelines, instance: 1);
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (await PushAsync(OldSecret, instance: 1), await PushAsync(Secret, instance: 1)));
        clock.UtcNow += TimeSpan.FromMinutes(11);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Accepted), (await PushAsync(OldSecret, instance: 1), await PushAsync(Secret, instance: 1)));
        var records = await ReadAllAsync<DeploymentPipeline>(world.Topics.DeploymentPipelines);
        Assert.Equal(3, records.Where(record => record.Id == made.Id).Sum(record => record.SigningSecrets.Length));
        var audits = await ReadAllAsync<AuditRecord>(world.Topics.Audit);
        foreach (var text in records.SelectMany(record => record.SigningSecrets).Select(secret => secret.Sealed).Concat(audits.Select(audit => audit.Before + audit.After)).Concat(world.Log.Lines))
            Assert.False(text.Contains(Secret, StringComparison.Ordinal) || text.Contains(OldSecret, StringComparison.Ordinal), text);

        async Task<HttpStatusCode> PushAsync(string secret, int instance)
        {
            var body = SomeWebhook.Push().ToJsonString();
            var reply = await world.SendAsync(
                "POST", GitHubRoute(made.Text("integrationKey")!), body, null, instance,
                ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "d"), ("X-Hub-Signature-256", Sign(Encoding.UTF8.GetBytes(body), secret)));
            return reply.Status;
        }
    }

    [Fact]
    public async Task A_master_key_is_rotated_and_without_the_right_one_nothing_is_let_in()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var made = await world.PipelineAsync("hub", "GITHUB", $",\"signingSecret\":\"{Secret}\"");

        var locked = await world.AddInstanceAsync(settings => settings with { MasterKeys = MasterKeys.Parse(ManagementWorld.NextMasterKey) });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PushAsync(locked));
        var keyless = await world.AddInstanceAsync(settings => settings with { MasterKeys = MasterKeys.None });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PushAsync(keyless));
        var refused = await world.PostAsync(Pipelines, """{"name":"x","integrationType":"GITHUB","signingSecret":"12345678"}""", instance: keyless);
        Assert.Equal((HttpStatusCode.Conflict, "NO_MASTER_KEY"), (refused.Status, refused.Code));

        // It has both keys, the new one first: it seals anew, and then the new one is enough.
        await world.AddInstanceAsync(settings => settings with { MasterKeys = MasterKeys.Parse(ManagementWorld.NextMasterKey + "," + ManagementWorld.MasterKey) });
        await world.GetAsync(Pipelines, instance: locked);
        Assert.Equal(HttpStatusCode.Accepted, await PushAsync(locked));
        Assert.Equal(AuditAction.RESEAL, (await ReadAllAsync<AuditRecord>(world.Topics.Audit)).Single(audit => audit.Action != AuditAction.CREATE).Action);

        async Task<HttpStatusCode> PushAsync(int instance)
        {
            var body = SomeWebhook.Push().ToJsonString();
            return (await world.SendAsync(
                "POST", GitHubRoute(made.Text("integrationKey")!), body, null, instance,
                ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "d"), ("X-Hub-Signature-256", Sign(Encoding.UTF8.GetBytes(body), Secret)))).Status;
        }
    }

    [Fact]
    public async Task Every_change_leaves_a_record_of_who_made_it()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var made = await world.PipelineAsync("p", key: WriteKey);
        await world.SendAsync("PUT", $"{Pipelines}/{made.Id}", """{"name":"q"}""");
        await world.PostAsync($"{Pipelines}/{made.Id}/integration-key", "{}");
        await world.SendAsync("DELETE", $"{Pipelines}/{made.Id}");
        // What is refused changes nothing and is not recorded.
        await world.SendAsync("PUT", $"{Pipelines}/{made.Id}", """{"name":"r"}""");
        await world.PostAsync(Pipelines, """{"name":""}""");

        var audits = (await ReadAllAsync<AuditRecord>(world.Topics.Audit)).OrderBy(audit => audit.OccurredAtMs).ThenBy(audit => audit.ChangeId, StringComparer.Ordinal).ToList();

        Assert.Equal([AuditAction.CREATE, AuditAction.UPDATE, AuditAction.ROTATE_KEY, AuditAction.DELETE], audits.Select(audit => audit.Action));
        Assert.Equal(["api-key/3", "api-key/1", "api-key/1", "api-key/1"], audits.Select(audit => audit.Actor));
        Assert.All(audits, audit => Assert.Equal(("acme", "DeploymentPipeline", made.Text("id")), (audit.AccountId, audit.Entity, audit.EntityId)));
        Assert.Equal((null, null), (audits[0].Before, audits[3].After));
        Assert.Contains("\"name\":\"p\"", audits[1].Before, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"q\"", audits[1].After, StringComparison.Ordinal);
        Assert.All(audits, audit => Assert.DoesNotContain(made.Text("integrationKey")!, audit.Before + audit.After, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("deployment-pipelines", """{"integrationType":"API"}""", 400, "name")]
    [InlineData("deployment-pipelines", """{"name":"x"}""", 400, "integrationType")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"JENKINS"}""", 400, "integrationType")]
    [InlineData("deployment-pipelines", """{"name":"one","integrationType":"API"}""", 409, "name")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"API","teams":[{"id":99}]}""", 400, "teams")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"API","teams":[1]}""", 400, "teams")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"API","params":{"branchFilters":["main"]}}""", 400, "params.branchFilters")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"GITHUB","params":{"eventFilters":["pushes"]}}""", 400, "params.eventFilters")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"API","params":{"before":"soon"}}""", 400, "params.before")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"API","params":[]}""", 400, "params")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"API","signingSecret":"12345678"}""", 400, "signingSecret")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"GITHUB","signingSecret":"short"}""", 400, "signingSecret")]
    [InlineData("deployment-pipelines", """{"name":"x","integrationType":"API","shared":"yes"}""", 400, "shared")]
    [InlineData("alert-sources", """{"name":"x","integrationType":"GITHUB"}""", 400, "integrationType")]
    [InlineData("alert-sources", """{"name":"x","integrationType":"API","escalationPolicy":{"id":99}}""", 400, "escalationPolicy.id")]
    [InlineData("alert-sources", """{"name":"x","integrationType":"API","escalationPolicy":{}}""", 400, "escalationPolicy.id")]
    [InlineData("alert-sources", """{"name":"x","integrationType":"API","params":{"serviceLabels":[""]}}""", 400, "params.serviceLabels[0]")]
    [InlineData("escalation-policies", """{"name":"On call"}""", 409, "name")]
    [InlineData("teams", """{"name":"Payments"}""", 409, "name")]
    [InlineData("teams", """{"name":5}""", 400, "name")]
    [InlineData("api-keys", """{"name":"x"}""", 400, "scopes")]
    [InlineData("api-keys", """{"name":"x","scopes":["ROOT"]}""", 400, "scopes")]
    [InlineData("api-keys", """{"name":"x","scopes":["1"]}""", 400, "scopes")]
    [InlineData("api-keys", """{"name":"x","scopes":["READ"],"expiresAt":"2020-01-01T00:00:00Z"}""", 400, "expiresAt")]
    public async Task What_is_wrong_with_a_body_is_named(string route, string body, int status, string field)
    {
        await using var world = await ManagementWorld.StartAsync(broker);

        var reply = await world.PostAsync("/api/" + route, body);

        Assert.Equal((status, field), ((int)reply.Status, reply.Text("field")));
        Assert.NotEmpty(reply.Text("message")!);
    }

    [Fact]
    public async Task What_others_refer_to_is_not_deleted()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var team = (await world.PostAsync("/api/teams", """{"name":"t"}""")).Id;
        var policy = (await world.PostAsync("/api/escalation-policies", $$"""{"name":"p","teams":[{"id":{{team}}}]}""")).Id;
        var source = await world.PostAsync("/api/alert-sources", $$"""{"name":"s","integrationType":"ALERTMANAGER","escalationPolicy":{"id":{{policy}} } }""");
        Assert.StartsWith("https://events.acme.example/api/v1/alerts/alertmanager/", source.Text("integrationUrl"), StringComparison.Ordinal);

        foreach (var (path, user) in new[] { ($"/api/teams/{team}", $"escalation policy {policy}"), ($"/api/escalation-policies/{policy}", $"alert source {source.Id}") })
        {
            var refused = await world.SendAsync("DELETE", path);
            Assert.Equal((HttpStatusCode.Conflict, "IN_USE"), (refused.Status, refused.Code));
            Assert.Contains(user, refused.Text("message"), StringComparison.Ordinal);
        }

        foreach (var path in new[] { $"/api/alert-sources/{source.Id}", $"/api/escalation-policies/{policy}", $"/api/teams/{team}" })
            Assert.Equal(HttpStatusCode.NoContent, (await world.SendAsync("DELETE", path)).Status);
    }

    [Fact]
    public async Task What_the_catalog_file_says_is_changed_there()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        foreach (var (method, path) in new[]
        {
            ("PUT", $"{Pipelines}/1"), ("DELETE", $"{Pipelines}/1"), ("POST", $"{Pipelines}/1/integration-key"), ("PUT", "/api/teams/1"), ("PUT", "/api/accounts/acme"), ("DELETE", "/api/api-keys/2"),
        })
        {
            var reply = await world.SendAsync(method, path, method == "DELETE" ? null : """{"name":"x"}""");
            Assert.Equal((HttpStatusCode.Conflict, "MANAGED_BY_FILE", method, path), (reply.Status, reply.Code, method, path));
        }

        Assert.Equal("True", (await world.GetAsync($"{Pipelines}/1")).Text("managedByFile"));
    }

    private async Task<List<T>> ReadAllAsync<T>(string topic) => [.. (await broker.ReadAllAsync<T>(topic)).Select(record => record.Value)];
}
