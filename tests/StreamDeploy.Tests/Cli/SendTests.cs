using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Webhooks;

namespace StreamDeploy.Tests.Cli;

/// <summary>One event from a shell, into an ingest that runs here.</summary>
[Collection(IngestTestGroup.Name)]
public sealed partial class SendTests(IngestBroker broker)
{
    private static Task<(int ExitCode, string Output, string Error)> SendAsync(Uri to, string? key, params string[] args) => key is null
        ? CliProcess.RunAsync(["send", .. args, "--to", to.AbsoluteUri])
        : CliProcess.RunAsync(["send", .. args], "", ("STREAMDEPLOY_TO", to.AbsoluteUri), ("STREAMDEPLOY_KEY", key));

    [Fact]
    public async Task A_deployment_event_is_taken_with_every_flag_and_its_id_printed()
    {
        await using var world = await IngestWorld.StartAsync(broker);

        var (code, output, error) = await SendAsync(
            world.Ingest.Address, IngestWorld.PipelineKey, "deployment", "--summary", "Deploy checkout 2.31", "--service", "checkout", "--environment", "production",
            "--version", "2.31", "--commit", "c0ffee", "--repository", "acme/checkout", "--branch", "main", "--status", "failed", "--kind", "RELEASE",
            "--deployment-id", "d7", "--at", "2026-01-01T12:00:00Z", "--link", "https://ci.acme.example/7");

        Assert.Equal((0, ""), (code, error));
        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal($"taken: deployment event, event id {deployment.EventId}{Environment.NewLine}", output);
        Assert.Equal(("Deploy checkout 2.31", "checkout", "production", "2.31"), (deployment.Summary, deployment.Service, deployment.Environment, deployment.Version));
        Assert.Equal(("c0ffee", "acme/checkout", "main", "d7"), (deployment.Commit, deployment.Repository, deployment.Branch, deployment.DeploymentId));
        Assert.Equal((DeploymentStatus.FAILED, DeploymentKind.RELEASE, Some.Noon), (deployment.Status, deployment.Kind, deployment.OccurredAtMs));
        Assert.Equal("https://ci.acme.example/7", Assert.Single(deployment.Links).Href);
    }

    [Fact]
    public async Task What_is_printed_of_an_alert_resolves_it()
    {
        await using var world = await IngestWorld.StartAsync(broker);

        var (code, output, _) = await SendAsync(
            world.Ingest.Address, IngestWorld.AlertKey, "alert", "--summary", "Payments fail", "--priority", "HIGH", "--label", "job=till", "--label", "expression=a=b",
            "--link", "https://m.example");
        Assert.Equal(0, code);
        var told = Told().Match(output);
        Assert.True(told.Success, output);
        (code, output, _) = await SendAsync(
            world.Ingest.Address, IngestWorld.AlertKey, "alert", "--summary", "Payments fail", "--status", "RESOLVED", "--alert-id", told.Groups[1].Value,
            "--at", told.Groups[2].Value);
        Assert.True(code == 0, output);

        var alerts = (await world.AlertsAsync()).OrderBy(alert => alert.Status).ToArray();
        Assert.Equal([AlertStatus.OPEN, AlertStatus.RESOLVED], alerts.Select(alert => alert.Status));
        Assert.Equal(told.Groups[3].Value, alerts[0].EventId);
        Assert.Equal((alerts[0].AlertId, alerts[0].OccurredAtMs), (alerts[1].AlertId, alerts[1].OccurredAtMs));
        Assert.Equal(("HIGH", "https://m.example", "till", "a=b"), (alerts[0].Priority, alerts[0].Link, alerts[0].Labels["job"], alerts[0].Labels["expression"]));
    }

    [Theory]
    [InlineData("refused, 401 UNKNOWN_KEY: the integration key", "a-key-of-nobody-at-all", "deployment", "--summary", "x")]
    [InlineData("refused, 401 UNKNOWN_KEY: the integration key", IngestWorld.PipelineKey, "alert", "--summary", "x")]
    [InlineData("refused, 400 INVALID_FIELD (--kind): kind must be one of OTHER", IngestWorld.PipelineKey, "deployment", "--summary", "x", "--kind", "PARTY")]
    [InlineData("refused, 400 INVALID_FIELD (--at): timestamp must be", IngestWorld.PipelineKey, "deployment", "--summary", "x", "--at", "noon")]
    [InlineData("refused, 400 MISSING_FIELD (--summary)", IngestWorld.PipelineKey, "deployment", "--summary", "")]
    public async Task A_refusal_names_the_flag_and_never_the_key(string message, string key, params string[] args)
    {
        await using var world = await IngestWorld.StartAsync(broker);

        var (code, output, error) = await SendAsync(world.Ingest.Address, key, args);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain(key, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task It_is_sent_again_as_the_same_event_when_the_ingest_says_so(int status)
    {
        var ids = new List<string>();
        await using var server = await ServerAsync(context =>
        {
            ids.Add(context.Request.Headers["Idempotency-Key"].ToString());
            context.Response.Headers.RetryAfter = "0";
            context.Response.StatusCode = ids.Count < 3 ? status : 202;
        });

        var (code, output, error) = await SendAsync(AddressOf(server), IngestWorld.PipelineKey, "deployment", "--summary", "x", "--event-id", "e7");

        Assert.Equal((0, "taken: deployment event, event id e7" + Environment.NewLine), (code, output));
        Assert.Equal(["e7", "e7", "e7"], ids);
        Assert.Equal(2, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData(503, 4, 3)]
    [InlineData(500, 1, 1)]
    [InlineData(404, 1, 2)]
    [InlineData(302, 1, 1)]
    public async Task What_does_not_take_it_is_left_after_some_attempts(int status, int attempts, int exitCode)
    {
        var count = 0;
        await using var server = await ServerAsync(context =>
        {
            count++;
            context.Response.Headers.RetryAfter = "0";
            context.Response.Headers.Location = "/elsewhere";
            context.Response.StatusCode = status;
        });

        var (code, output, error) = await SendAsync(AddressOf(server), IngestWorld.PipelineKey, "deployment", "--summary", "x");

        Assert.Equal((exitCode, attempts, ""), (code, count, output));
        Assert.Contains($"answered {status}, not as an ingest does", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_and_nobody_who_answers_are_told_apart()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = new Uri($"http://{silent.LocalEndpoint}");

        var (code, _, error) = await SendAsync(address, IngestWorld.PipelineKey, "deployment", "--summary", "x", "--timeout", "300ms", "--event-id", "e7");
        Assert.Equal(3, code);
        Assert.Contains("did not answer in 0.3 s (--timeout). To send it again as the same event: --event-id e7", error, StringComparison.Ordinal);

        silent.Stop();
        (code, _, error) = await SendAsync(address, IngestWorld.PipelineKey, "deployment", "--summary", "x");
        Assert.Equal(3, code);
        Assert.Contains("is not to be reached", error, StringComparison.Ordinal);
        Assert.Contains("--to says where it is", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Option '--summary' is required", IngestWorld.PipelineKey, "deployment")]
    [InlineData("--key is missing: the integration key", null, "deployment", "--summary", "x")]
    [InlineData("--key must be 16 to 200 letters", "too short", "deployment", "--summary", "x")]
    [InlineData("--to is \"nowhere\", but must be an http or https address", IngestWorld.PipelineKey, "deployment", "--summary", "x", "--to", "nowhere")]
    [InlineData("--to is \"http://u:p@x\"", IngestWorld.PipelineKey, "deployment", "--summary", "x", "--to", "http://u:p@x")]
    [InlineData("--label x: a label is given as name=value", IngestWorld.PipelineKey, "alert", "--summary", "x", "--label", "x")]
    [InlineData("--alert-id and --at are needed with this --status", IngestWorld.PipelineKey, "alert", "--summary", "x", "--status", "resolved", "--alert-id", "a")]
    [InlineData("--timeout must be at least 1ms", IngestWorld.PipelineKey, "deployment", "--summary", "x", "--timeout", "0s")]
    public async Task A_mistake_is_told_before_anything_is_sent(string message, string? key, params string[] args)
    {
        var (code, output, error) = key is null ? await CliProcess.RunAsync(["send", .. args]) : await CliProcess.RunAsync(["send", .. args], "", ("STREAMDEPLOY_KEY", key));

        Assert.Equal((2, ""), (code, output.Trim()));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.DoesNotContain(key ?? "?", error, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> ServerAsync(Action<HttpContext> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.MapPost("/api/deployment-events", context =>
        {
            answer(context);
            return Task.CompletedTask;
        });
        await server.StartAsync();
        return server;
    }

    private static Uri AddressOf(WebApplication server) => new(server.Urls.Single());

    [GeneratedRegex(@"^taken: alert (\S+) raised at (\S+), event id (\S+)\r?\n\z")]
    private static partial Regex Told();
}
