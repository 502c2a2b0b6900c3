using System.Text;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>The providers alone: whatever the payload, an event that can be written or a refusal with a name.</summary>
public sealed class ProviderFuzzTests
{
    private static readonly CatalogAlertSource Source = new(new AlertSource { AccountId = "acme", Id = 5 });
    private static readonly CatalogPipeline Pipeline = SomeWebhook.GitHubPipeline(service: "{repository}");

    private static readonly Provider<CatalogPipeline, Deployment> ManyCdEvents = Providers.OfDeployments.Single(provider => provider.Type == IntegrationType.CDEVENTS);
    private static readonly string[] ContentTypes = ["application/json", SomeCdEvents.OneType, SomeCdEvents.BatchType];

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
                using var document = JsonBody.Parse(body, depthMax: 64, listAllowed: true).Event;
                if (document is null)
                    continue;
                var root = document.RootElement;
                Count(GitHub.Read(eventName, "d", root, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                Count(GitLab.Read(eventName, SomeWebhook.Identity, root, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                Count(ArgoCd.Read(root, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                foreach (var type in ContentTypes)
                    Count(ManyCdEvents.Read(SomeCdEvents.Headers(type, SomeCdEvents.Attributes(eventName)), root, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployments);
                Count(PagerDuty.Read(root, SomeWebhook.Identity, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                Count(GenericEvent.Read(root, SomeWebhook.Identity, Pipeline, SomeWebhook.ArrivedAtMs), CheckDeployment);
                Count(GenericAlert.Read(root, SomeWebhook.Identity, Source, SomeWebhook.ArrivedAtMs), CheckAlert);
                Count(Ilert.Read(root, Source, SomeWebhook.ArrivedAtMs), CheckAlert);
                CountEach(Alertmanager.Read(root, Source, SomeWebhook.ArrivedAtMs));
            }
            catch (Exception problem)
            {
                throw new InvalidOperationException($"seed {seed}, payload {i}, {eventName}: {Encoding.UTF8.GetString(body)}", problem);
            }
        }

        Assert.True(events > 1000 && refusals > 1000, $"{events} events, {refusals} refusals");

        void CountEach(Reading<IReadOnlyList<Alert>> reading)
        {
            Assert.All(reading.Refused, refusal => Count(new Reading<Alert>(refusal), CheckAlert));
            if (reading.TryGet(out var alerts, out var refusal))
                Assert.All(alerts, alert => Count(new Reading<Alert>(alert), CheckAlert));
            else
                Count(new Reading<Alert>(refusal), CheckAlert);
        }

        void Count<T>(Reading<T> reading, Action<T> check)
            where T : class
        {
            if (reading.TryGet(out var value, out var refusal))
            {
                events++;
                check(value);
            }
            else
            {
                refusals++;
                Assert.True(refusal.Status is 200 or 400 && refusal.Message.Length > 0, refusal.ToString());
            }
        }
    }

    private static void CheckDeployments(IReadOnlyList<Deployment> deployments)
    {
        Assert.NotEmpty(deployments);
        foreach (var deployment in deployments)
            CheckDeployment(deployment);
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
        AvroCodec<Deployment>.Instance.Encode(deployment);
    }

    private static void CheckAlert(Alert alert)
    {
        Assert.Equal("acme", alert.AccountId);
        Assert.NotEmpty(alert.AlertId);
        Assert.NotEmpty(alert.Summary);
        Assert.True(EventTime.IsReasonable(alert.OccurredAtMs, SomeWebhook.ArrivedAtMs) && EventTime.IsReasonable(alert.UpdatedAtMs, SomeWebhook.ArrivedAtMs));
        Assert.True(alert.OccurredAtMs <= alert.UpdatedAtMs + EventTime.AheadMaxMs);
        AvroCodec<Alert>.Instance.Encode(alert);
    }
}
