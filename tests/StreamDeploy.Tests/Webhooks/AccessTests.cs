using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Monitoring;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>What an operator sees of the requests.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class AccessTests(IngestBroker broker)
{
    [Fact]
    public async Task Each_request_is_logged_by_its_route_and_without_a_key()
    {
        await using var world = await StartAsync(broker, new() { AccessLog = true });
        await world.PostEventAsync();
        await world.PostGitHubAsync("push", Encoding.UTF8.GetBytes(SomeWebhook.Push().ToJsonString()));
        await world.PostGitHubAsync("star", "{}"u8.ToArray());
        await world.PostGitHubAsync("push", "{}"u8.ToArray(), "nobody-has-this-key");
        await world.GetAsync("/nowhere/" + PipelineKey + "?key=" + PipelineKey);
        await world.PostAsync("/api/teams", """{"name":"t"}""", ("Authorization", "Bearer " + AdminKey));

        await UntilAsync(() => Task.FromResult(Lines().Count == 6), "six lines");
        var lines = Lines();
        Assert.Matches("^Information POST /api/deployment-events 202 ACCEPTED acme/1 [0-9]+ ms 127.0.0.1", lines[0]);
        Assert.Contains("POST /api/v1/deployment-events/github/{integrationKey} 202 ACCEPTED acme/3", lines[1], StringComparison.Ordinal);
        Assert.Contains("github/{integrationKey} 200 EVENT_NOT_WANTED acme/3", lines[2], StringComparison.Ordinal);
        Assert.Contains("github/{integrationKey} 401 UNKNOWN_KEY -", lines[3], StringComparison.Ordinal);
        Assert.Contains("GET none 404", lines[4], StringComparison.Ordinal);
        Assert.Contains("POST /api/teams 201 OK acme/api-key/1", lines[5], StringComparison.Ordinal);
        foreach (var key in new[] { PipelineKey, UnsignedKey, AdminKey, "nobody-has-this-key" })
            Assert.DoesNotContain(world.Log.Lines, line => line.Contains(key, StringComparison.Ordinal));

        List<string> Lines() => [.. world.Log.Lines.Where(line => line.Contains(" ms ", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task No_label_of_a_metric_holds_a_key_that_stands_in_a_path_or_a_query()
    {
        await using var monitoring = await MonitoringServer.StartAsync(
            new MonitoringSettings { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, () => true, () => true, () => "", NullLoggerFactory.Instance, CancellationToken.None);
        using var http = new HttpClient();
        await using var world = await StartAsync(broker);
        await world.PostGitHubAsync("push", Encoding.UTF8.GetBytes(SomeWebhook.Push().ToJsonString()));
        await world.PostGitHubAsync("push", "{}"u8.ToArray(), "nobody-has-this-key");
        await world.GetAsync("/nowhere/" + PipelineKey + "?key=" + PipelineKey);
        await world.GetAsync("/api/v1/deployment-events/github/" + PipelineKey);

        // .NET counts a request when its connection is done with it, which may be after the answer.
        var page = "";
        await UntilAsync(async () => Counted(page = await http.GetStringAsync(new Uri(monitoring.Url + "/metrics"))), "the requests are counted");
        foreach (var key in new[] { PipelineKey, UnsignedKey, AdminKey, "nobody-has-this-key", "nowhere" })
            Assert.DoesNotContain(key, page, StringComparison.Ordinal);

        static bool Counted(string page) => page.Contains("http_route=\"/api/v1/deployment-events/github/{integrationKey}\"", StringComparison.Ordinal)
            && page.Contains("http_response_status_code=\"404\"", StringComparison.Ordinal) && page.Contains("http_response_status_code=\"405\"", StringComparison.Ordinal)
            && page.Contains("http_client_request_duration_seconds_count{", StringComparison.Ordinal) && page.Contains("kestrel_active_connections{", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_are_counted_by_route_and_outcome()
    {
        await using var monitoring = await MonitoringServer.StartAsync(
            new MonitoringSettings { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, () => true, () => true, () => "", NullLoggerFactory.Instance, CancellationToken.None);
        using var http = new HttpClient();
        await using var world = await StartAsync(broker);
        var before = await CountsAsync();
        await world.PostEventAsync();
        await world.PostEventAsync();
        await world.PostEventAsync("nobody-has-this-key");
        await world.PostAsync(AlertmanagerRoute(AlertmanagerKey), SomeAlertmanager.Group(SomeAlertmanager.Firing(), SomeAlertmanager.Resolved()).ToJsonString());

        await UntilAsync(async () => (await CountsAsync()).Accepted == before.Accepted + 2, "the requests are counted");
        var after = await CountsAsync();
        Assert.Equal((before.Unknown + 1, before.Events + 2, before.Alerts + 2), (after.Unknown, after.Events, after.Alerts));

        async Task<(double Accepted, double Unknown, double Events, double Alerts)> CountsAsync()
        {
            var page = await http.GetStringAsync(new Uri(monitoring.Url + "/metrics"));
            return (Value("streamdeploy_ingest_requests_total{outcome=\"ACCEPTED\",route=\"/api/deployment-events\"}"),
                Value("streamdeploy_ingest_requests_total{outcome=\"UNKNOWN_KEY\",route=\"/api/deployment-events\"}"),
                Value("streamdeploy_ingest_events_total{route=\"/api/deployment-events\"}"),
                Value("streamdeploy_ingest_events_total{route=\"/api/v1/alerts/alertmanager/{integrationKey}\"}"));

            double Value(string series) => page.Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal)) is { } line
                ? double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture)
                : 0;
        }
    }
}
