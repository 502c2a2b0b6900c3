using System.Text;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>Bodies that nobody should send, most of them near to good ones. The same seed gives the same input.</summary>
internal static class HostileInput
{
    /// <summary>What an input was made from.</summary>
    public enum Kind { GitHub, Event, Alert, GitLab, ArgoCd, CdEvents, PagerDuty, Alertmanager, Ilert }

    public static (Kind Kind, string EventName, byte[] Body) Next(Random random)
    {
        var eventName = Pick(random, [.. GitHub.Events]);
        var kind = (Kind)random.Next(Enum.GetValues<Kind>().Length);
        if (kind == Kind.GitLab)
            eventName = Pick(random, [.. GitLab.Events]);
        if (kind == Kind.CdEvents)
            eventName = Pick(random, [.. CdEvents.Events]);
        var payload = Encoding.UTF8.GetBytes(kind switch
        {
            Kind.Event => $$"""
                {"integrationKey":"{{IngestWorld.PipelineKey}}","summary":"x","timestamp":1767268740,"status":"FAILED","kind":"PUSH","links":[{"href":"https://acme.example"}],"customDetails":{"a":[1]} }
                """,
            Kind.Alert => $$"""
                {"apiKey":"{{IngestWorld.AlertKey}}","alertId":"a","summary":"\ud83d\ude80","status":"RESOLVED","occurredAt":"2026-01-01T11:00:00Z","labels":{"a":"b"},"teamIds":[1,2],"link":"https://x.example"}
                """,
            Kind.GitLab => SomeGitLab.Of(eventName).ToJsonString(),
            Kind.Alertmanager => SomeAlertmanager.Group(SomeAlertmanager.Firing(), SomeAlertmanager.Resolved()).ToJsonString(),
            Kind.Ilert => (random.Next(2) == 0 ? SomeIlert.Event() : SomeIlert.Resolved()).ToJsonString(),
            Kind.ArgoCd => Pick(random, [SomeArgoCd.Sync(), SomeArgoCd.Running(), SomeArgoCd.OfTwoSources()]).ToJsonString(),
            Kind.PagerDuty => SomePagerDuty.Change().ToJsonString(),
            Kind.CdEvents => random.Next(3) switch
            {
                0 => SomeCdEvents.Of(eventName).ToJsonString(),
                1 => SomeCdEvents.Structured(eventName).ToJsonString(),
                _ => SomeCdEvents.Batch(SomeCdEvents.Structured(), SomeCdEvents.Structured(eventName)).ToJsonString(),
            },
            _ => eventName switch
            {
                "push" => SomeWebhook.Push().ToJsonString(),
                "pull_request" => SomeWebhook.MergedPullRequest().ToJsonString(),
                "release" => SomeWebhook.Release().ToJsonString(),
                _ => SomeWebhook.StatusReport().ToJsonString(),
            },
        });
        return (kind, eventName, Spoil(random, payload));
    }

    private static byte[] Spoil(Random random, byte[] payload) => random.Next(12) switch
    {
        0 => Bytes(random, random.Next(300)),
        1 => payload[..random.Next(payload.Length)],
        2 => [.. "payload="u8, .. Encoding.ASCII.GetBytes(Uri.EscapeDataString(Encoding.UTF8.GetString(payload)))],
        3 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":[", random.Next(5000)))),
        4 or 5 => Mutate(random, payload),
        6 => SwapValue(random, SwapValue(random, payload)),
        _ => SwapValue(random, payload),
    };

    /// <summary>Puts a value of another type where one stood: what a payload of a newer or broken sender looks like.</summary>
    private static byte[] SwapValue(Random random, byte[] payload)
    {
        string[] values = ["null", "true", "0", "-1", "1e400", "99999999999999999999", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "[[]]", "{\"a\":1}", "\"x\""];
        var text = Encoding.UTF8.GetString(payload);
        int[] colons = [.. Enumerable.Range(0, text.Length - 1).Where(i => text[i] == ':' && text[i - 1] == '"')];
        var start = Pick(random, colons) + 1;
        var end = text.IndexOfAny([',', '}'], start);
        return Encoding.UTF8.GetBytes(string.Concat(text.AsSpan(0, start), Pick(random, values), text.AsSpan(end)));
    }

    public static byte[] Mutate(Random random, byte[] bytes)
    {
        var mutated = bytes.ToList();
        for (var i = random.Next(1, 6); i > 0 && mutated.Count > 1; i--)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(3))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, Math.Min(random.Next(1, 10), mutated.Count - at));
                    break;
                default:
                    mutated.InsertRange(at, Bytes(random, random.Next(1, 10)));
                    break;
            }
        }

        return [.. mutated];
    }

    public static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    public static T Pick<T>(Random random, T[] items) => items[random.Next(items.Length)];
}
