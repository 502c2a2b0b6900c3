using System.Net;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Who may what, on every route there is.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class IsolationTests(IngestBroker broker)
{
    private const string Nobody = "sda_nobodyhasthiskeyatall00000000000";

    /// <summary>Each kind of entry, and a body that makes one.</summary>
    public static TheoryData<string, string> Resources => new()
    {
        { "deployment-pipelines", """{"name":"secret-name","integrationType":"GITHUB"}""" },
        { "alert-sources", """{"name":"secret-name","integrationType":"API"}""" },
        { "escalation-policies", """{"name":"secret-name"}""" },
        { "teams", """{"name":"secret-name"}""" },
        { "api-keys", """{"name":"secret-name","scopes":["READ"]}""" },
    };

    [Theory]
    [MemberData(nameof(Resources))]
    public async Task Nothing_of_an_account_is_seen_changed_or_guessed_from_another(string route, string body)
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var path = "/api/" + route;
        var made = await world.PostAsync(path, body);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        var mine = $"{path}/{made.Id}";

        var requests = new List<(string Method, string Path, string? Body)>
        {
            ("GET", mine, null), ("PUT", mine, body), ("DELETE", mine, null), ("GET", mine + "?include=integrationUrl", null), ("GET", $"{path}/name/secret-name", null),
        };
        if (route is "deployment-pipelines" or "alert-sources")
            requests.AddRange([("POST", mine + "/integration-key", "{}"), ("POST", mine + "/signing-secret", """{"signingSecret":"12345678"}""")]);
        foreach (var (method, at, sent) in requests)
        {
            var theirs = await world.SendAsync(method, at, sent, OtherAdminKey);
            // The very answer to an id that nobody has: nothing tells whether it is another's.
            var none = await world.SendAsync(method, at.Replace(made.Text("id")!, "424242", StringComparison.Ordinal).Replace("secret-name", "no-name", StringComparison.Ordinal), sent, OtherAdminKey);
            Assert.Equal((HttpStatusCode.NotFound, none.Body, method, at), (theirs.Status, theirs.Body, method, at));
        }

        Assert.DoesNotContain("secret-name", (await world.GetAsync(path, OtherAdminKey)).Body, StringComparison.Ordinal);
        // The other's own of the same name does not collide.
        Assert.Equal(HttpStatusCode.Created, (await world.PostAsync(path, body, OtherAdminKey)).Status);
        Assert.Equal(made.ETag, (await world.GetAsync(mine)).ETag);
    }

    [Theory]
    [MemberData(nameof(Resources))]
    public async Task Each_scope_does_what_it_says_and_no_more(string route, string body)
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var path = "/api/" + route;
        var mine = $"{path}/{(await world.PostAsync(path, body)).Id}";
        var forAdmins = route == "api-keys";
        foreach (var (key, reads, writes) in new[] { (ReadKey, !forAdmins, false), (WriteKey, !forAdmins, !forAdmins), (SendKey, false, false), (AdminKey, true, true) })
        {
            Assert.Equal((key, reads), (key, (await world.GetAsync(path, key)).Status == HttpStatusCode.OK));
            Assert.Equal((key, reads), (key, (await world.GetAsync(mine, key)).Status == HttpStatusCode.OK));
            foreach (var (method, at, sent) in new[] { ("POST", path, body.Replace("secret-name", "by " + key, StringComparison.Ordinal)), ("PUT", mine, body), ("DELETE", mine, null) })
            {
                var reply = await world.SendAsync(method, at, sent, key);
                Assert.Equal((key, method, writes), (key, method, (int)reply.Status < 300));
                Assert.True(writes || (reply.Status, reply.Code) == (HttpStatusCode.Forbidden, "FORBIDDEN"), $"{key} {method}: {reply}");
                if (method == "DELETE" && writes)
                    mine = $"{path}/{(await world.PostAsync(path, body)).Id}";
            }
        }

        foreach (var key in new[] { null, "", Nobody, PipelineKey, AdminKey + "x", AdminKey[..^1], AdminKey.ToUpperInvariant() })
        {
            var reply = await world.GetAsync(path, key);
            Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHORIZED", key), (reply.Status, reply.Code, key));
        }
    }

    [Fact]
    public async Task An_account_key_sees_and_changes_its_own_account_only()
    {
        await using var world = await ManagementWorld.StartAsync(broker);

        Assert.Equal("acme", (await world.GetAsync("/api/accounts/acme")).Text("accountId"));
        Assert.Equal(1, (await world.GetAsync("/api/accounts")).Json.GetArrayLength());
        foreach (var method in new[] { "GET", "PUT" })
            Assert.Equal(HttpStatusCode.NotFound, (await world.SendAsync(method, "/api/accounts/other", method == "GET" ? null : "{}")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await world.SendAsync("DELETE", "/api/accounts/other")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await world.PostAsync("/api/accounts", """{"accountId":"mine-too"}""")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await world.SendAsync("PUT", "/api/accounts/acme", "{}", ReadKey)).Status);
    }

    [Fact]
    public async Task The_operator_makes_an_account_with_its_first_key_and_deletes_it_with_all_that_belongs_to_it()
    {
        await using var world = await ManagementWorld.StartAsync(broker, instances: 2);
        var made = await world.PostAsync("/api/accounts", """{"accountId":"new-1","name":"New","before":"2h"}""", OperatorKey);
        Assert.Equal((HttpStatusCode.Created, "/api/accounts/new-1", "2h"), (made.Status, made.Location, made.Text("before")));
        var key = made.Text("apiKey")!;
        Assert.StartsWith("sda_", key, StringComparison.Ordinal);
        Assert.Equal("ACCOUNT_EXISTS", (await world.PostAsync("/api/accounts", """{"accountId":"new-1"}""", OperatorKey)).Code);
        Assert.Equal("accountId", (await world.PostAsync("/api/accounts", """{"accountId":"a/b"}""", OperatorKey)).Text("field"));
        Assert.Equal(HttpStatusCode.Forbidden, (await world.PostAsync("/api/teams", """{"name":"x"}""", OperatorKey)).Status);
        Assert.Equal(3, (await world.GetAsync("/api/accounts", OperatorKey)).Json.GetArrayLength());

        var pipeline = await world.PipelineAsync("p", key: key, instance: 1);
        await world.PostAsync("/api/teams", """{"name":"t"}""", key);
        Assert.Equal(HttpStatusCode.Accepted, (await world.EventAsync(pipeline.Text("integrationKey")!)).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await world.SendAsync("DELETE", "/api/accounts/new-1", key: OperatorKey)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.GetAsync("/api/teams", key, instance: 1)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.EventAsync(pipeline.Text("integrationKey")!, instance: 1)).Status);
        Assert.Equal(2, (await world.GetAsync("/api/accounts", OperatorKey, instance: 1)).Json.GetArrayLength());
    }

    [Fact]
    public async Task An_API_key_that_was_deleted_or_has_expired_opens_nothing_on_any_instance()
    {
        var clock = new ManualClock { UtcNow = DateTimeOffset.UtcNow };
        await using var world = await ManagementWorld.StartAsync(broker, instances: 2, settings => settings with { Clock = clock });
        var until = clock.UtcNow.AddHours(1).ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        var made = await world.PostAsync("/api/api-keys", """{"name":"a","scopes":["READ"]}""");
        var brief = await world.PostAsync("/api/api-keys", $$"""{"name":"b","scopes":["READ"],"expiresAt":"{{until}}"}""");
        Assert.DoesNotContain(made.Text("key")!, (await world.GetAsync("/api/api-keys")).Body, StringComparison.Ordinal);
        foreach (var key in new[] { made.Text("key"), brief.Text("key") })
            Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/api/teams", key, instance: 1)).Status);

        clock.UtcNow += TimeSpan.FromHours(1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.GetAsync("/api/teams", brief.Text("key"), instance: 1)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await world.SendAsync("DELETE", $"/api/api-keys/{made.Id}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.GetAsync("/api/teams", made.Text("key"), instance: 1)).Status);
    }

    [Fact]
    public async Task An_API_key_with_the_scope_INGEST_sends_for_what_it_names_in_its_own_account()
    {
        await using var world = await ManagementWorld.StartAsync(broker);
        var theirs = await world.PipelineAsync("theirs", key: OtherAdminKey);

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(GenericRoute, """{"summary":"x","pipelineId":1}""", SendKey)).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(AlertRoute, """{"summary":"x","alertId":"a","alertSourceId":5}""", SendKey)).Status);
        foreach (var (body, field) in new[] { ("""{"summary":"x"}""", "pipelineId"), ($$"""{"summary":"x","pipelineId":{{theirs.Id}}}""", "pipelineId"), ("""{"summary":"x","pipelineId":"1"}""", "pipelineId") })
            Assert.Equal((HttpStatusCode.BadRequest, field), ((await world.PostAsync(GenericRoute, body, SendKey)) is var reply ? reply.Status : default, reply.Text("field")));
        Assert.Equal(HttpStatusCode.Forbidden, (await world.PostAsync(GenericRoute, """{"summary":"x","pipelineId":1}""", AdminKey)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostAsync(PagerDutyRoute, """{"payload":{"summary":"x"}}""", SendKey)).Status);

        var deployment = Assert.Single((await broker.ReadAllAsync<Deployment>(world.Topics.Deployments)).Select(record => record.Value));
        Assert.Equal(("acme", 1L), (deployment.AccountId, deployment.PipelineId));
        Assert.Equal(5, Assert.Single((await broker.ReadAllAsync<Alert>(world.Topics.Alerts)).Select(record => record.Value)).AlertSourceId);
    }
}
