using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

[Collection(IngestTestGroup.Name)]
public sealed class IngestTests(IngestBroker broker)
{
    private static readonly IngestSettings AtNoon = new() { Clock = new ManualClock() };

    private static byte[] Push => Encoding.UTF8.GetBytes(SomeWebhook.Push().ToJsonString());

    [Fact]
    public async Task An_accepted_event_is_in_the_topic()
    {
        await using var world = await StartAsync(broker, AtNoon);

        var answer = await world.PostAsync(GenericRoute, $$"""{"integrationKey":"{{PipelineKey}}","summary":"checkout 7","timestamp":1767268740,"eventId":"e7"}""");

        Assert.Equal((HttpStatusCode.Accepted, ""), (answer.Status, answer.Body));
        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal(("acme", 1L, "e7", "checkout 7", Some.Noon - Some.Minute), (deployment.AccountId, deployment.PipelineId, deployment.EventId, deployment.Summary, deployment.OccurredAtMs));
        Assert.Equal(Some.Noon, deployment.ReceivedAtMs);
    }

    [Fact]
    public async Task An_accepted_alert_is_in_the_topic()
    {
        await using var world = await StartAsync(broker, AtNoon);

        var answer = await world.PostAsync(AlertRoute, $$"""{"integrationKey":"{{AlertKey}}","alertId":"a7","summary":"errors","labels":{"job":"till"} }""");

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        var alert = Assert.Single(await world.AlertsAsync());
        Assert.Equal(("acme", 5L, "a7", AlertStatus.OPEN, Some.Noon), (alert.AccountId, alert.AlertSourceId, alert.AlertId, alert.Status, alert.OccurredAtMs));
        Assert.Equal("till", alert.Labels["job"]);
    }

    [Fact]
    public async Task A_push_of_GitHub_is_in_the_topic()
    {
        await using var world = await StartAsync(broker, AtNoon);

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostGitHubAsync("push", Push)).Status);

        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal(("acme", 3L, "delivery-1", "github", "checkout"), (deployment.AccountId, deployment.PipelineId, deployment.EventId, deployment.Source, deployment.Service));
    }

    [Fact]
    public async Task A_deployment_of_GitLab_is_in_the_topic_when_its_token_is_right()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var route = GitLabRoute(GitLabKey);
        var body = SomeGitLab.Deployment().ToJsonString();
        (string, string)[] headers = [("X-Gitlab-Event", "Deployment Hook"), ("Idempotency-Key", "delivery-9")];

        Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostAsync(route, body, headers)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostAsync(route, body, [.. headers, ("X-Gitlab-Token", OldSecret)])).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostAsync(GitLabRoute(UnsignedKey), body, headers)).Status);
        Assert.Equal("X-Gitlab-Event", (await world.PostAsync(route, body, ("X-Gitlab-Token", Secret))).FieldName);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(route, body, [.. headers, ("X-Gitlab-Token", Secret)])).Status);

        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal(("acme", 6L, "delivery-9", "deployment/15"), (deployment.AccountId, deployment.PipelineId, deployment.EventId, deployment.DeploymentId));
    }

    [Fact]
    public async Task Alerts_of_Alertmanager_are_in_the_topic_and_the_answer_names_those_that_are_not()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var group = SomeAlertmanager.Group(SomeAlertmanager.Firing(), SomeAlertmanager.Firing().With("status", "\"odd\""), SomeAlertmanager.Resolved()).ToJsonString();

        var all = await world.PostAsync(AlertmanagerRoute(AlertmanagerKey), SomeAlertmanager.Group().ToJsonString());
        var part = await world.PostAsync(AlertmanagerRoute(AlertmanagerKey), group);
        var none = await world.PostAsync(AlertmanagerRoute(AlertmanagerKey), SomeAlertmanager.Group(SomeAlertmanager.Firing().Without("labels")).ToJsonString());

        Assert.Equal((HttpStatusCode.Accepted, ""), (all.Status, all.Body));
        Assert.Equal(HttpStatusCode.Accepted, part.Status);
        Assert.Contains("""{"refusedCount":1,"refused":[{"code":"INVALID_FIELD",""", part.Body, StringComparison.Ordinal);
        Assert.Contains("alerts[1].status", part.Body, StringComparison.Ordinal);
        Assert.Contains(world.Log.Lines, line => line.Contains("1 of its events refused", StringComparison.Ordinal) && line.Contains("alerts[1].status", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.BadRequest, "alerts[0].labels"), (none.Status, none.FieldName));
        var alerts = await world.AlertsAsync();
        Assert.Equal(3, alerts.Count);
        Assert.All(alerts, alert => Assert.Equal(("acme", 8L, SomeAlertmanager.Fingerprint, "checkout"), (alert.AccountId, alert.AlertSourceId, alert.AlertId, alert.Service)));
        Assert.Equal(2, alerts.DistinctBy(alert => alert.EventId).Count());
    }

    [Fact]
    public async Task Events_of_ilert_are_in_the_topic()
    {
        await using var world = await StartAsync(broker, AtNoon);

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(IlertRoute(IlertKey), SomeIlert.Event().ToJsonString())).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(IlertRoute(IlertKey), SomeIlert.Resolved().ToJsonString())).Status);
        Assert.Equal("EVENT_NOT_WANTED", (await world.PostAsync(IlertRoute(IlertKey), SomeIlert.Event("alert-assigned").ToJsonString())).Code);

        var alerts = await world.AlertsAsync();
        Assert.Equal([AlertStatus.OPEN, AlertStatus.RESOLVED], alerts.Select(alert => alert.Status).Order());
        Assert.All(alerts, alert => Assert.Equal(("acme", 10L, "12797430", "checkout", "production"), (alert.AccountId, alert.AlertSourceId, alert.AlertId, alert.Service, alert.Environment)));
    }

    [Fact]
    public async Task Alerts_need_the_secret_where_one_is_set()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("prometheus:" + Secret));
        foreach (var (route, body) in new[]
        {
            (AlertmanagerRoute(ProvenAlertmanagerKey), SomeAlertmanager.Group().ToJsonString()),
            (IlertRoute(ProvenIlertKey), SomeIlert.Event().ToJsonString()),
        })
        {
            var bare = await world.PostAsync(route, body);
            Assert.Equal((HttpStatusCode.Unauthorized, "INVALID_SIGNATURE"), (bare.Status, bare.Code));
            Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostAsync(route, body, ("Authorization", "Bearer " + Secret + "!"))).Status);
            Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(route, body, ("Authorization", "Bearer " + Secret))).Status);
            Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(route, body, ("Authorization", basic))).Status);
        }

        Assert.Equal(4, (await world.AlertsAsync()).Count);
        Assert.Equal("UNKNOWN_KEY", (await world.PostAsync(AlertmanagerRoute(IlertKey), "{}")).Code);
        Assert.Equal("UNKNOWN_KEY", (await world.PostAsync(AlertmanagerRoute(AlertKey), "{}")).Code);
        Assert.Equal("UNKNOWN_KEY", (await world.PostAsync(AlertRoute, """{"alertId":"a","summary":"s"}""", ("Authorization", "Bearer " + AlertmanagerKey))).Code);
    }

    [Fact]
    public async Task A_sync_of_Argo_CD_is_in_the_topic_when_its_token_is_right()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var route = ArgoCdRoute(ArgoCdKey);
        var body = SomeArgoCd.Sync().ToJsonString();

        Assert.Equal((HttpStatusCode.Unauthorized, "INVALID_SIGNATURE"), await CodeAsync(route));
        Assert.Equal((HttpStatusCode.Unauthorized, "INVALID_SIGNATURE"), await CodeAsync(route, ("Authorization", "Bearer " + OldSecret)));
        Assert.Equal((HttpStatusCode.Unauthorized, "UNKNOWN_KEY"), await CodeAsync(ArgoCdRoute(GitLabKey), ("Authorization", "Bearer " + Secret)));
        Assert.Equal((HttpStatusCode.Accepted, null), await CodeAsync(route, ("Authorization", "Bearer " + Secret)));

        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal(("acme", 8L, "argocd", "checkout"), (deployment.AccountId, deployment.PipelineId, deployment.Source, deployment.Service));

        async Task<(HttpStatusCode, string?)> CodeAsync(string to, params (string, string)[] headers)
        {
            var answer = await world.PostAsync(to, body, headers);
            return (answer.Status, answer.Code);
        }
    }

    [Fact]
    public async Task CDEvents_are_in_the_topic_in_each_mode_of_CloudEvents()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var route = CdEventsRoute(CdEventsKey);
        var data = SomeCdEvents.Of("dev.cdevents.service.deployed").ToJsonString();
        (string, string) bearer = ("Authorization", "Bearer " + Secret);
        var batch = SomeCdEvents.Batch(
            SomeCdEvents.Structured(id: "3"), SomeCdEvents.Structured("dev.cdevents.environment.modified", "4"), SomeCdEvents.Structured(new JsonObject(), "dev.cdevents.artifact.published"));

        Assert.Equal("INVALID_SIGNATURE", (await world.PostAsync(route, data, SomeCdEvents.Attributes())).Code);
        Assert.Equal("ce-specversion", (await world.PostAsync(route, data, bearer)).FieldName);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(route, data, [.. SomeCdEvents.Attributes(), bearer])).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(route, SomeCdEvents.Structured(id: "2").ToJsonString(), bearer, ("Content-Type", SomeCdEvents.OneType))).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(route, batch.ToJsonString(), bearer, ("Content-Type", SomeCdEvents.BatchType))).Status);

        var deployments = await world.DeploymentsAsync();
        Assert.Equal(["acme/10/CONFIGURATION", "acme/10/DEPLOYMENT", "acme/10/DEPLOYMENT", "acme/10/DEPLOYMENT"], deployments.Select(d => $"{d.AccountId}/{d.PipelineId}/{d.Kind}").Order());
        Assert.Equal(4, deployments.Select(d => d.EventId).Distinct().Count());
    }

    [Fact]
    public async Task A_batch_with_one_bad_event_writes_nothing_and_one_that_nobody_wants_is_200()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var bad = SomeCdEvents.Batch(SomeCdEvents.Structured(), SomeCdEvents.Structured(new JsonObject(), "dev.cdevents.service.deployed", "2"));
        var unwanted = SomeCdEvents.Batch(SomeCdEvents.Structured(new JsonObject(), "dev.cdevents.artifact.published"));

        var refused = await PostAsync(bad);
        var notWanted = await PostAsync(unwanted);
        var empty = await PostAsync(SomeCdEvents.Batch());

        Assert.Equal((HttpStatusCode.BadRequest, "[1].data.subject"), (refused.Status, refused.FieldName));
        Assert.Equal((HttpStatusCode.OK, "EVENT_NOT_WANTED"), (notWanted.Status, notWanted.Code));
        Assert.Equal((HttpStatusCode.OK, "EMPTY_BATCH"), (empty.Status, empty.Code));
        Assert.Empty(await world.DeploymentsAsync());

        Task<Answer> PostAsync(JsonArray batch) => world.PostAsync(CdEventsRoute(UnsignedCdEventsKey), batch.ToJsonString(), ("Content-Type", SomeCdEvents.BatchType));
    }

    [Fact]
    public async Task A_sender_of_CloudEvents_may_ask_first()
    {
        await using var world = await StartAsync(broker, AtNoon with { RequestsPerKeyMax = 100, RateWindow = TimeSpan.FromSeconds(30) });

        using var allowed = await AskAsync(CdEventsRoute(CdEventsKey), "eventemitter.example.com");
        using var nobody = await AskAsync(CdEventsRoute(CdEventsKey), null);
        using var unknown = await AskAsync(CdEventsRoute(GitLabKey), "eventemitter.example.com");
        using var elsewhere = await AskAsync(GitLabRoute(GitLabKey), "eventemitter.example.com");

        Assert.Equal(
            (HttpStatusCode.OK, "*", "200", "POST"),
            (allowed.StatusCode, Header(allowed, "WebHook-Allowed-Origin"), Header(allowed, "WebHook-Allowed-Rate"), string.Join(',', allowed.Content.Headers.Allow)));
        Assert.Equal([HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized, HttpStatusCode.MethodNotAllowed], new[] { nobody, unknown, elsewhere }.Select(answer => answer.StatusCode));
        Assert.All(new[] { nobody, unknown, elsewhere }, answer => Assert.False(answer.Headers.Contains("WebHook-Allowed-Origin")));

        static string Header(HttpResponseMessage answer, string name) => Assert.Single(answer.Headers.GetValues(name));

        async Task<HttpResponseMessage> AskAsync(string route, string? origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, route);
            if (origin is not null)
                request.Headers.Add("WebHook-Request-Origin", origin);
            return await world.Http.SendAsync(request);
        }
    }

    [Fact]
    public async Task A_change_event_of_PagerDuty_is_in_the_topic_and_answered_as_PagerDuty_does()
    {
        await using var world = await StartAsync(broker, AtNoon);

        var taken = await world.PostAsync(PagerDutyRoute, SomePagerDuty.Change().ToJsonString());
        var wrong = await world.PostAsync(PagerDutyRoute, SomePagerDuty.Change().With("payload.summary", "null").ToJsonString());
        var unknown = await world.PostAsync(PagerDutyRoute, SomePagerDuty.Change().With("routing_key", $"\"{PipelineKey}\"").ToJsonString());
        var elsewhere = await world.PostEventAsync(PagerDutyKey);

        Assert.Equal((HttpStatusCode.Accepted, """{"status":"success","message":"Change event processed"}"""), (taken.Status, taken.Body));
        Assert.Equal(
            (HttpStatusCode.BadRequest,
                """{"status":"invalid event","message":"Event object is invalid","errors":["payload.summary is missing"],"code":"MISSING_FIELD","field":"payload.summary"}"""),
            (wrong.Status, wrong.Body));
        Assert.Equal((HttpStatusCode.Unauthorized, "UNKNOWN_KEY"), (unknown.Status, unknown.Code));
        Assert.StartsWith("""{"status":"invalid event",""", unknown.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.Status);
        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal(("acme", 12L, "pagerduty"), (deployment.AccountId, deployment.PipelineId, deployment.Source));
    }

    [Fact]
    public async Task A_client_of_PagerDuty_that_sends_too_much_is_told_to_wait()
    {
        await using var world = await StartAsync(broker, AtNoon with { RequestsPerKeyMax = 1 });
        var body = SomePagerDuty.Change().ToJsonString();

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(PagerDutyRoute, body)).Status);
        var answer = await world.PostAsync(PagerDutyRoute, body);

        Assert.Equal((HttpStatusCode.TooManyRequests, 10), (answer.Status, answer.RetryAfterSeconds));
        Assert.StartsWith("""{"status":"throttle exceeded",""", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_in_a_form_is_taken_and_signed_as_it_came()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var form = "other=1&payload=" + WebUtility.UrlEncode(SomeWebhook.Push().With("head_commit.message", "\"50 % + ä 🚀\"").ToJsonString());
        var body = Encoding.ASCII.GetBytes(form);

        var answer = await world.PostGitHubAsync(
            "push", body, SignedKey, ("Content-Type", "application/x-www-form-urlencoded"), (GitHubSignature.Header, Sign(body, Secret)));

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal("50 % + ä 🚀", Assert.Single(await world.DeploymentsAsync()).Summary);
    }

    [Theory]
    [InlineData(Secret)]
    [InlineData(OldSecret)]
    public async Task A_signature_of_any_valid_secret_is_accepted(string secret)
    {
        await using var world = await StartAsync(broker, AtNoon);

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostGitHubAsync("push", Push, SignedKey, (GitHubSignature.Header, Sign(Push, secret)))).Status);
    }

    [Fact]
    public async Task Nothing_unsigned_or_changed_passes_where_a_secret_is_set()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var signature = Sign(Push, Secret);
        var changed = Push;
        changed[^2] ^= 1;

        foreach (var (body, headers) in new (byte[], (string, string)[])[]
        {
            (Push, []),
            (changed, [(GitHubSignature.Header, signature)]),
            (Push, [(GitHubSignature.Header, Sign(Push, "another secret"))]),
            (Push, [(GitHubSignature.Header, signature), (GitHubSignature.Header, signature)]),
            (Push, [("X-Hub-Signature", "sha1=" + new string('0', 40))]),
            (Encoding.UTF8.GetBytes("not json"), [(GitHubSignature.Header, signature)]),
        })
        {
            var answer = await world.PostGitHubAsync("push", body, SignedKey, headers);
            Assert.Equal((HttpStatusCode.Unauthorized, "INVALID_SIGNATURE"), (answer.Status, answer.Code));
        }

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostGitHubAsync("push", Push, SignedKey, (GitHubSignature.Header, signature))).Status);
        Assert.Single(await world.DeploymentsAsync());
    }

    [Fact]
    public async Task What_is_not_wanted_is_answered_with_a_reason_and_writes_nothing()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var ping = await world.PostGitHubAsync("ping", "{\"zen\":\"x\"}"u8.ToArray());
        var tag = await world.PostGitHubAsync("push", Encoding.UTF8.GetBytes(SomeWebhook.Push("refs/tags/v1").ToJsonString()));

        Assert.Equal((HttpStatusCode.OK, "PING"), (ping.Status, ping.Code));
        Assert.Equal((HttpStatusCode.OK, "REF_NOT_WANTED"), (tag.Status, tag.Code));
        Assert.Contains("\"reason\"", tag.Body, StringComparison.Ordinal);
        Assert.Empty(await world.DeploymentsAsync());
    }

    [Fact]
    public async Task A_key_comes_in_the_body_under_two_names_or_as_bearer()
    {
        await using var world = await StartAsync(broker, AtNoon);

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(GenericRoute, $$"""{"apiKey":"{{PipelineKey}}","summary":"1"}""")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(GenericRoute, """{"summary":"2"}""", ("Authorization", "Bearer " + PipelineKey))).Status);
        Assert.Equal(
            HttpStatusCode.Accepted, (await world.PostAsync(GenericRoute, """{"summary":"3","accountId":"acme"}""", ("Authorization", "bearer " + SecondPipelineKey))).Status);
        Assert.Equal(["acme/1", "acme/2", "other/3"], (await world.DeploymentsAsync()).Select(d => $"{d.AccountId}/{d.Summary}").Order());
    }

    [Fact]
    public async Task A_key_opens_its_own_route_only()
    {
        await using var world = await StartAsync(broker, AtNoon);
        const string alert = """{"alertId":"a","summary":"s"}""";
        foreach (var answer in new[]
        {
            await world.PostAsync(GenericRoute, """{"summary":"x"}"""),
            await world.PostEventAsync("unknown-key-000000"),
            await world.PostEventAsync(new string('k', 100_000)),
            await world.PostEventAsync(UnsignedKey),
            await world.PostEventAsync(SignedKey),
            await world.PostEventAsync(AlertKey),
            await world.PostEventAsync(IntegrationKey.Hash(PipelineKey)),
            await world.PostAsync(GenericRoute, """{"integrationKey":7,"summary":"x"}"""),
            await world.PostAsync(GenericRoute, $$"""{"integrationKey":"{{PipelineKey}}","summary":"x"}""", ("Authorization", "Bearer unknown-key-000000")),
            await world.PostAsync(AlertRoute, alert, ("Authorization", "Bearer " + PipelineKey)),
            await world.PostAsync(AlertRoute, alert, ("Authorization", "Basic " + AlertKey)),
            await world.PostGitHubAsync("push", Push, PipelineKey),
            await world.PostGitHubAsync("push", Push, "unknown-key-000000"),
            await world.PostGitHubAsync("push", Push, UnsignedKey + "%20"),
        })
        {
            Assert.Equal((HttpStatusCode.Unauthorized, "UNKNOWN_KEY"), (answer.Status, answer.Code));
        }

        Assert.Empty(await world.DeploymentsAsync());
        Assert.Empty(await world.AlertsAsync());
    }

    [Fact]
    public async Task An_idempotency_key_is_the_event_s_id()
    {
        await using var world = await StartAsync(broker, AtNoon);

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(GenericRoute, """{"summary":"x"}""", ("Authorization", "Bearer " + PipelineKey), ("Idempotency-Key", "once"))).Status);
        var tooLong = await world.PostAsync(GenericRoute, """{"summary":"x"}""", ("Authorization", "Bearer " + PipelineKey), ("Idempotency-Key", new string('k', 256)));

        Assert.Equal("once", Assert.Single(await world.DeploymentsAsync()).EventId);
        Assert.Equal((HttpStatusCode.BadRequest, "Idempotency-Key"), (tooLong.Status, tooLong.FieldName));
    }

    [Theory]
    [InlineData("", "EMPTY_BODY", null)]
    [InlineData("not json", "INVALID_JSON", null)]
    [InlineData("[]", "INVALID_JSON", null)]
    [InlineData("""{"integrationKey":"api-pipeline-key-1"}""", "MISSING_FIELD", "summary")]
    [InlineData("""{"integrationKey":"api-pipeline-key-1","summary":"x","timestamp":"1999-01-01T00:00:00Z"}""", "INVALID_FIELD", "timestamp")]
    [InlineData("""{"integrationKey":"api-pipeline-key-1","summary":"x","timestamp":"2999-01-01T00:00:00Z"}""", "INVALID_FIELD", "timestamp")]
    public async Task Bad_input_is_400_with_code_message_and_field_and_the_next_request_is_taken(string body, string code, string? field)
    {
        await using var world = await StartAsync(broker, AtNoon);

        var answer = await world.PostAsync(GenericRoute, body);

        Assert.Equal((HttpStatusCode.BadRequest, code, field), (answer.Status, answer.Code, answer.FieldName));
        Assert.Contains("\"message\":\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains("\"field\":", answer.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
        Assert.Single(await world.DeploymentsAsync());
    }

    [Theory]
    [InlineData("1767268740")]
    [InlineData("1767268740000")]
    [InlineData("\"2026-01-01T11:59:00Z\"")]
    [InlineData("\"2026-01-01T12:59:00+01:00\"")]
    public async Task A_time_may_be_seconds_milliseconds_or_ISO_8601(string timestamp)
    {
        await using var world = await StartAsync(broker, AtNoon);

        await world.PostAsync(GenericRoute, $$"""{"integrationKey":"{{PipelineKey}}","summary":"x","timestamp":{{timestamp}}}""");

        Assert.Equal(Some.Noon - Some.Minute, Assert.Single(await world.DeploymentsAsync()).OccurredAtMs);
    }

    [Fact]
    public async Task A_webhook_without_its_headers_is_refused_by_name()
    {
        await using var world = await StartAsync(broker, AtNoon);

        var noEvent = await world.PostAsync(GitHubRoute(UnsignedKey), Push, ("X-GitHub-Delivery", "1"));
        var noDelivery = await world.PostAsync(GitHubRoute(UnsignedKey), Push, ("X-GitHub-Event", "push"));
        var noPayload = await world.PostGitHubAsync("push", "other=1"u8.ToArray(), UnsignedKey, ("Content-Type", "application/x-www-form-urlencoded"));

        Assert.Equal((HttpStatusCode.BadRequest, "X-GitHub-Event"), (noEvent.Status, noEvent.FieldName));
        Assert.Equal((HttpStatusCode.BadRequest, "X-GitHub-Delivery"), (noDelivery.Status, noDelivery.FieldName));
        Assert.Equal((HttpStatusCode.BadRequest, "payload"), (noPayload.Status, noPayload.FieldName));
    }

    [Theory]
    [InlineData("Content-Type", "text/plain", "UNSUPPORTED_TYPE")]
    [InlineData("Content-Type", "application/x-www-form-urlencoded", "UNSUPPORTED_TYPE")]
    [InlineData("Content-Type", "application/xml", "UNSUPPORTED_TYPE")]
    [InlineData("Content-Type", "nonsense", "UNSUPPORTED_TYPE")]
    [InlineData("Content-Type", "application/json; charset=klingon", "UNSUPPORTED_CHARSET")]
    [InlineData("Content-Type", "application/json; charset=utf-7", "UNSUPPORTED_CHARSET")]
    [InlineData("Content-Encoding", "gzip", "UNSUPPORTED_ENCODING")]
    [InlineData("Content-Encoding", "identity, gzip", "UNSUPPORTED_ENCODING")]
    public async Task A_form_that_is_not_read_is_415(string header, string value, string code)
    {
        await using var world = await StartAsync(broker, AtNoon);

        var answer = await world.PostAsync(GenericRoute, """{"summary":"x"}""", ("Authorization", "Bearer " + PipelineKey), (header, value));

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, code), (answer.Status, answer.Code));
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("Application/JSON; Charset=\"UTF-8\"")]
    [InlineData("application/vnd.acme+json")]
    [InlineData("text/json; charset=us-ascii")]
    public async Task Json_is_read_whatever_it_is_called_and_with_a_byte_order_mark(string contentType)
    {
        await using var world = await StartAsync(broker, AtNoon);

        var answer = await world.PostAsync(GenericRoute, "\uFEFF{\"summary\":\"ä\"}", ("Authorization", "Bearer " + PipelineKey), ("Content-Type", contentType), ("Content-Encoding", "identity"));

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal("ä", Assert.Single(await world.DeploymentsAsync()).Summary);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("iso-8859-1")]
    public async Task Another_character_set_is_converted(string charset)
    {
        await using var world = await StartAsync(broker, AtNoon);

        var answer = await world.PostAsync(
            GenericRoute, Encoding.GetEncoding(charset).GetBytes("""{"summary":"ä"}"""), ("Authorization", "Bearer " + PipelineKey), ("Content-Type", "application/json; charset=" + charset));

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal("ä", Assert.Single(await world.DeploymentsAsync()).Summary);
    }

    [Fact]
    public async Task Health_and_readiness_are_told_without_a_key()
    {
        await using var world = await StartAsync(broker, AtNoon);

        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/healthz")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/readyz")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetAsync("/")).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await world.GetAsync(GenericRoute)).Status);
    }

    [Fact]
    public async Task Neither_keys_nor_secrets_are_logged_or_answered()
    {
        await using var world = await StartAsync(broker, AtNoon);
        const string wrong = "wrong-key-of-somebody";
        Answer[] answers =
        [
            await world.PostEventAsync(),
            await world.PostEventAsync(wrong),
            await world.PostAsync(GenericRoute, $$"""{"integrationKey":"{{PipelineKey}}","summary":{{wrong}}}"""),
            await world.PostAsync(GenericRoute, "{}", ("Authorization", "Bearer " + wrong)),
            await world.PostGitHubAsync("push", Push),
            await world.PostGitHubAsync("push", Push, SignedKey),
            await world.PostGitHubAsync("push", Push, SignedKey, (GitHubSignature.Header, Sign(Push, Secret))),
            await world.PostGitHubAsync("push", Push, wrong),
            await world.PostAsync(ArgoCdRoute(ArgoCdKey), "{}", ("Authorization", "Bearer " + wrong)),
            await world.PostAsync(ArgoCdRoute(ArgoCdKey), "{}", ("Authorization", "Bearer " + Secret)),
            await world.PostAsync(PagerDutyRoute, SomePagerDuty.Change().ToJsonString()),
            await world.PostAsync(PagerDutyRoute, $$"""{"routing_key":"{{wrong}}"}"""),
            await world.GetAsync(GitHubRoute(SignedKey)),
            await world.PostAsync("/" + wrong, "{}"),
        ];
        using (var socket = await world.ConnectAsync())
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {GitHubRoute(SignedKey)} HTTP/9.9\r\nHost: x\r\n\r\n"));
            await ReadToEndAsync(socket);
        }

        string[] shown = [.. world.Log.Lines, .. answers.Select(answer => answer.Body)];
        Assert.Contains(world.Log.Lines, line => line.Contains("proof of origin", StringComparison.Ordinal));
        foreach (var secret in new[] { PipelineKey, SecondPipelineKey, SignedKey, UnsignedKey, AlertKey, PagerDutyKey, ArgoCdKey, Secret, OldSecret, wrong })
            Assert.DoesNotContain(shown, line => line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_is_being_worked_on_when_the_server_is_told_to_stop_gets_its_answer()
    {
        await using var world = await StartAsync(broker);
        var body = $$"""{"integrationKey":"{{PipelineKey}}","summary":"the last one"}""";
        using var socket = await world.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {GenericRoute} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body[..10]}"));
        await UntilAsync(() => Task.FromResult(world.Ingest.BodyBytesInFlight > 0), "the request is being worked on");

        var stopping = world.Ingest.DisposeAsync().AsTask();
        await UntilAsync(async () => !await TakesConnectionsAsync(), "no new connections are taken");
        await socket.SendAsync(Encoding.ASCII.GetBytes(body[10..]));

        Assert.StartsWith("HTTP/1.1 202", await ReadToEndAsync(socket), StringComparison.Ordinal);
        await stopping;
        Assert.Equal("the last one", Assert.Single(await world.DeploymentsAsync()).Summary);

        async Task<bool> TakesConnectionsAsync()
        {
            try
            {
                using var another = await world.ConnectAsync();
                return true;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task The_catalog_is_published_without_keys_and_secrets()
    {
        var topics = new StreamDeploy.Connectors.Kafka.TopicNames(Guid.NewGuid().ToString("N") + ".");
        await using var producer = StreamDeploy.Connectors.Kafka.EventProducer.Open(
            new() { BootstrapServers = broker.BootstrapServers, Registry = new() { Url = broker.RegistryUrl }, TopicPrefix = topics.Prefix, DeliveryTimeout = Limit },
            new EverythingLog());

        await CatalogPublisher.PublishAsync(SomeCatalog, producer, CancellationToken.None);

        var pipelines = await broker.ReadAllAsync<DeploymentPipeline>(topics.DeploymentPipelines);
        Assert.Equal(["acme/1", "acme/10", "acme/11", "acme/12", "acme/2", "acme/3", "acme/6", "acme/7", "acme/8", "acme/9", "other/1"], pipelines.Select(record => record.Key).Order());
        Assert.All(pipelines, record => Assert.Empty(record.Value.SigningSecrets));
        Assert.Equal(IntegrationKey.Hash(SignedKey), pipelines.Single(record => record.Key == "acme/2").Value.IntegrationKeyHash);
        Assert.Equal(["acme", "other"], (await broker.ReadAllAsync<Account>(topics.Accounts)).Select(record => record.Key).Order());
        var sources = await broker.ReadAllAsync<AlertSource>(topics.AlertSources);
        Assert.Equal(["acme/10", "acme/11", "acme/5", "acme/8", "acme/9"], sources.Select(record => record.Key).Order(StringComparer.Ordinal));
        Assert.All(sources, record => Assert.Empty(record.Value.SigningSecrets));
        var policy = Assert.Single(await broker.ReadAllAsync<EscalationPolicy>(topics.EscalationPolicies)).Value;
        Assert.Equal(1, Assert.Single(policy.TeamIds));
        Assert.Equal("Payments", Assert.Single(await broker.ReadAllAsync<Team>(topics.Teams)).Value.Name);
    }
}
