using System.Text.Json;
using System.Text.RegularExpressions;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What the providers' webhooks have in common once they are read.</summary>
internal static partial class Webhook
{
    public static Reading<Deployment> NotWanted(string code, string reason) => new(Refusal.NotWanted(code, reason));

    public static Reading<Deployment> BranchNotWanted() => NotWanted("BRANCH_NOT_WANTED", "the branch is not in the pipeline's branch filters");

    /// <summary>The event with the time that was reported; where that cannot be, with the time of arrival and a mark.</summary>
    public static Deployment WithTime(JsonElement? reported, long arrivedAtMs, Deployment common, JsonElement? senderPayload = null)
    {
        var usable = reported is { } value && EventTime.TryRead(value, out var timeMs) && EventTime.IsReasonable(timeMs, arrivedAtMs) ? timeMs : (long?)null;
        return common with
        {
            OccurredAtMs = usable ?? arrivedAtMs,
            CustomDetails = CustomDetails.Of(senderPayload, usable is null ? reported : null, arrivalIsEventTime: usable is null),
        };
    }

    public static Link[] Links(params ReadOnlySpan<(string? Href, string Text)> links)
    {
        var kept = new List<Link>(links.Length);
        foreach (var (href, text) in links)
        {
            if (href is not null && Texts.IsWebAddress(href))
                kept.Add(new Link { Href = href, Text = text });
        }

        return [.. kept];
    }

    /// <summary>Whether it is the hash of no commit, which stands for a branch that was not there before or is gone.</summary>
    public static bool IsNoCommit(string commit) => commit.AsSpan().IndexOfAnyExcept('0') < 0;

    public static bool IsCommit(string text) => CommitPattern().IsMatch(text);

    public static string Short(string? commit) => commit is null ? "" : commit[..Math.Min(12, commit.Length)];

    [GeneratedRegex(@"^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})\z", RegexOptions.CultureInvariant)]
    private static partial Regex CommitPattern();
}
