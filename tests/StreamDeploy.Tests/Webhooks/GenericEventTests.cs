using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class GenericEventTests
{
    private static readonly CatalogPipeline Pipeline = new(Some.Pipeline());

    private static Reading<Deployment> Read(string json, string? idempotencyKey = null, string unique = "unique-1") =>
        GenericEvent.Read(Element(json), new RequestIdentity(idempotencyKey, unique), Pipeline, ArrivedAtMs);

    private static Deployment Event(string json, string? idempotencyKey = null, string unique = "unique-1")
    {
        var reading = Read(json, idempotencyKey, unique);
        Assert.Null(reading.Refusal);
        return reading.Event!;
    }

    [Fact]
    public void A_summary_is_enough()
    {
        var deployment = Event("""{"summary":"checkout 7"}""");

        Assert.Equal(
            new Deployment
            {
                AccountId = "acme",
                PipelineId = 1,
                EventId = "unique-1",
                DeploymentId = "unique-1",
                Source = "api",
                Kind = DeploymentKind.DEPLOYMENT,
                Status = DeploymentStatus.SUCCEEDED,
                Summary = "checkout 7",
                OccurredAtMs = ArrivedAtMs,
                ReceivedAtMs = ArrivedAtMs,
                Links = deployment.Links,
            },
            deployment);
        Assert.Empty(deployment.Links);
    }

    [Fact]
    public void Every_field_arrives()
    {
        var deployment = Event("""
            {
              "accountId": "someone else", "pipelineId": 99, "apiKey": "not read here",
              "summary": " checkout 7 ", "timestamp": 1767268740, "userEmail": "ada@acme.example", "userName": "Ada", "customDetails": {"ticket": 7},
              "links": [{"href": "https://acme.example/7", "text": "build"}, {"href": "http://acme.example/"}], "repository": "acme/checkout", "version": "7",
              "environment": "production", "commit": "abc", "service": "checkout", "status": "failed", "startedAt": "2026-01-01T11:50:00Z",
              "finishedAt": 1767268700000, "deploymentId": "d7", "eventId": "e7", "kind": "CAMPAIGN", "branch": "main", "unknown": {"ignored": true}
            }
            """);

        Assert.Equal(
            new Deployment
            {
                AccountId = "acme",
                PipelineId = 1,
                EventId = "e7",
                DeploymentId = "d7",
                Source = "api",
                Kind = DeploymentKind.CAMPAIGN,
                Status = DeploymentStatus.FAILED,
                Summary = "checkout 7",
                OccurredAtMs = Some.Noon - Some.Minute,
                StartedAtMs = Some.Noon - 10 * Some.Minute,
                FinishedAtMs = 1_767_268_700_000,
                Environment = "production",
                Service = "checkout",
                Version = "7",
                Commit = "abc",
                Repository = "acme/checkout",
                Branch = "main",
                Author = new Author { Name = "Ada", Email = "ada@acme.example" },
                Links = deployment.Links,
                CustomDetails = """{"ticket": 7}""",
                ReceivedAtMs = ArrivedAtMs,
            },
            deployment);
        Assert.Equal([new Link { Href = "https://acme.example/7", Text = "build" }, new Link { Href = "http://acme.example/" }], deployment.Links);
    }

    [Fact]
    public void A_dated_event_sent_again_is_the_same_event()
    {
        const string dated = """{"summary":"x","timestamp":1767268740}""";
        Assert.Equal(Event(dated, unique: "1").EventId, Event(dated, unique: "2").EventId);
        Assert.NotEqual(Event(dated).EventId, Event("""{"summary":"y","timestamp":1767268740}""").EventId);
        Assert.Equal("2", Event("""{"summary":"x"}""", unique: "2").EventId);
    }

    [Fact]
    public void An_idempotency_key_is_the_event_s_id_unless_the_body_names_one()
    {
        Assert.Equal("key", Event("""{"summary":"x","timestamp":1767268740}""", "key").EventId);
        Assert.Equal("mine", Event("""{"summary":"x","eventId":"mine"}""", "key").EventId);
        Assert.Equal("key", Event("""{"summary":"x"}""", "key").DeploymentId);
    }

    [Fact]
    public void A_long_summary_is_cut_and_marked_even_between_surrogates()
    {
        var summary = Event(new JsonObject { ["summary"] = string.Concat(Enumerable.Repeat("🚀", 600)) }.ToJsonString()).Summary;

        Assert.Equal(1023, summary.Length);
        Assert.Equal(string.Concat(Enumerable.Repeat("🚀", 511)) + "…", summary);
    }

    [Theory]
    [InlineData("{}", "summary")]
    [InlineData("""{"summary":""}""", "summary")]
    [InlineData("""{"summary":"  "}""", "summary")]
    [InlineData("""{"summary":null}""", "summary")]
    [InlineData("""{"summary":7}""", "summary")]
    [InlineData("""{"summary":"x","timestamp":"soon"}""", "timestamp")]
    [InlineData("""{"summary":"x","timestamp":946684799}""", "timestamp")]
    [InlineData("""{"summary":"x","timestamp":1767269401}""", "timestamp")]
    [InlineData("""{"summary":"x","timestamp":true}""", "timestamp")]
    [InlineData("""{"summary":"x","startedAt":"9999-01-01T00:00:00Z"}""", "startedAt")]
    [InlineData("""{"summary":"x","finishedAt":0}""", "finishedAt")]
    [InlineData("""{"summary":"x","startedAt":1767268740,"finishedAt":1767268739}""", "finishedAt")]
    [InlineData("""{"summary":"x","status":"DONE"}""", "status")]
    [InlineData("""{"summary":"x","status":3}""", "status")]
    [InlineData("""{"summary":"x","kind":"3"}""", "kind")]
    [InlineData("""{"summary":"x","version":1.2}""", "version")]
    [InlineData("""{"summary":"x","customDetails":"text"}""", "customDetails")]
    [InlineData("""{"summary":"x","links":{}}""", "links")]
    [InlineData("""{"summary":"x","links":["https://acme.example"]}""", "links[0]")]
    [InlineData("""{"summary":"x","links":[{"href":"https://acme.example"},{"text":"y"}]}""", "links[1].href")]
    [InlineData("""{"summary":"x","links":[{"href":"javascript:alert(1)"}]}""", "links[0].href")]
    public void What_is_wrong_is_named(string json, string field)
    {
        var refusal = Read(json).Refusal;

        Assert.NotNull(refusal);
        Assert.Equal((400, field), (refusal.Status, refusal.Field));
        Assert.Contains(field.Split('.')[0].Split('[')[0], refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eventId")]
    [InlineData("deploymentId")]
    [InlineData("service")]
    public void A_name_longer_than_255_is_refused(string field)
    {
        var refusal = Read(new JsonObject { ["summary"] = "x", [field] = new string('y', 256) }.ToJsonString()).Refusal;

        Assert.Equal((400, field), (refusal!.Status, refusal.Field));
    }
}
