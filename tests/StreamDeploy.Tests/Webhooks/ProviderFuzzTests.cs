using System.Text;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>The providers alone: whatever the payload, an event that can be written or a refusal with a name.</summary>
public sealed class ProviderFuzzTests
{
    private static readonly CatalogAlertSource Source = new(new AlertSource { AccountId = "acme", Id = 5 });
    private static readonly CatalogPipeline Pipeline = SomeWebhook.GitHubPipeline(service: "{repository}");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_payload_is_an_event_or_a_refusal(int seed)
    {
        var random = new Random(seed);
        int events = 0, refusals = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var (_, eventName, body) = HostileInput.Next(random);
            try
            {
                using var document = JsonBody.Parse(body, depthMax: 64).Event;
                if (document is null)
                    continue;
                var root = document.RootElement;
                Count(GitHub.Read(eventName, "d", root, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                Count(GitLab.Read(eventName, SomeWebhook.Identity, root, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                Count(ArgoCd.Read(root, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                Count(GenericEvent.Read(root, SomeWebhook.Identity, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                Count(GenericAlert.Read(root, SomeWebhook.Identity, Source, SomeWebhook.ArrivedAtMs), CheckAlert);
            }
            catch (Exception problem)
            {
                throw new InvalidOperationException($"seed {seed}, payload {i}, {eventName}: {Encoding.UTF8.GetString(body)}", problem);
            }
        }

        Assert.True(events > 1000 && refusals > 1000, $"{events} events, {refusals} refusals");

        void Count<T>(Reading<T> reading, Action<T> check)
            where T : class
        {
            if (reading.TryGet(out var value, out var refusal))
            {
                events++;
                check(value);
                AvroCodec<T>.Instance.Encode(value);
            }
            else
            {
                refusals++;
                Assert.True(refusal.Status is 200 or 400 && refusal.Message.Length > 0, refusal.ToString());
            }
        }
    }

    private static void CheckDeployment(Deployment deployment)
    {
        Assert.Equal("acme", deployment.AccountId);
        Assert.NotEmpty(deployment.EventId);
        Assert.NotEmpty(deployment.DeploymentId);
        Assert.InRange(deployment.Summary.Length, 1, 1024);
        foreach (var timeMs in new[] { deployment.OccurredAtMs, deployment.StartedAtMs, deployment.FinishedAtMs, deployment.CommittedAtMs })
            Assert.True(timeMs is null || EventTime.IsReasonable(timeMs.Value, SomeWebhook.ArrivedAtMs));
        Assert.All(deployment.Links, link => Assert.StartsWith("http", link.Href, StringComparison.Ordinal));
    }

    private static void CheckAlert(Alert alert)
    {
        Assert.Equal("acme", alert.AccountId);
        Assert.NotEmpty(alert.AlertId);
        Assert.NotEmpty(alert.Summary);
        Assert.True(EventTime.IsReasonable(alert.OccurredAtMs, SomeWebhook.ArrivedAtMs) && EventTime.IsReasonable(alert.UpdatedAtMs, SomeWebhook.ArrivedAtMs));
        Assert.True(alert.OccurredAtMs <= alert.UpdatedAtMs + EventTime.AheadMaxMs);
    }
}
