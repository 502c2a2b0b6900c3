using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What the providers' webhooks have in common once they are read.</summary>
internal static partial class Webhook
{
    public const string BranchPrefix = "refs/heads/";

    private const int BranchShownMax = 100;

    /// <summary>Why the pipeline does not want an event of this name; null where it does.</summary>
    public static Reading<Deployment>? FilteredOut(string eventName, CatalogPipeline pipeline) =>
        pipeline.Record.EventFilters is { Length: > 0 } wanted && !wanted.Contains(eventName)
            ? NotWanted("EVENT_NOT_WANTED", $"{eventName} is not in the pipeline's event filters ({Texts.Cut(string.Join(", ", wanted), Texts.NameMax)})")
            : null;

    /// <summary>What every event of a delivery says, whatever it reports.</summary>
    public static Deployment Common(CatalogPipeline pipeline, string source, string eventId, string? repository, string? service, long arrivedAtMs) => new()
    {
        AccountId = pipeline.Record.AccountId,
        PipelineId = pipeline.Record.Id,
        EventId = eventId,
        DeploymentId = eventId,
        Source = source,
        Status = DeploymentStatus.SUCCEEDED,
        OccurredAtMs = arrivedAtMs,
        ReceivedAtMs = arrivedAtMs,
        Repository = repository,
        Service = service,
    };

    /// <summary>The id of what is sent without one: the same parts give the same id.</summary>
    public static string IdOf(params ReadOnlySpan<string?> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16));

    /// <summary>A branch may be forced back to a commit it had, and that is another change: before..after.</summary>
    public static string PushId(string? repository, string branch, string? before, string after) => $"push/{repository}/{branch}/{Short(before)}..{Short(after)}";

    public static string PushSummary(string? message, string branch) => Texts.Cut(message is null ? $"push to {branch}" : Texts.FirstLine(message), Texts.SummaryMax);

    public static string ReleaseSummary(string? tag, string? name) =>
        Texts.Cut(name is null || name == tag ? $"release {tag}".TrimEnd() : $"release {tag}: {name}", Texts.SummaryMax);

    public static Reading<Deployment> NotWanted(string code, string reason) => new(Refusal.NotWanted(code, reason));

    /// <summary>Why the pipeline does not want what happens on a branch; null where it does.</summary>
    public static Reading<Deployment>? BranchFilteredOut(string branch, CatalogPipeline pipeline)
    {
        var filters = pipeline.Record.BranchFilters;
        return BranchFilter.Matches(filters, branch)
            ? null
            : NotWanted("BRANCH_NOT_WANTED", $"{Texts.Cut(branch, BranchShownMax)} is not in the pipeline's branch filters ({Texts.Cut(string.Join(", ", BranchFilter.InForce(filters)), Texts.NameMax)})");
    }

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

    public static Link[] Links(params ReadOnlySpan<(string? Href, string? Text)> links)
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
