using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Connectors.LiveView.History;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Connectors.LiveView.Tail;

namespace StreamDeploy.Connectors.LiveView;

/// <summary>All that pages are made of.</summary>
/// <param name="Settings">What was asked for.</param>
/// <param name="Kafka">Where the topics are.</param>
/// <param name="Recent">The last records.</param>
/// <param name="Directory">The tables.</param>
/// <param name="Tail">How far the records are read.</param>
/// <param name="Management">Where pipelines are changed.</param>
/// <param name="History">What is older than the tail; null where there is none.</param>
public sealed record LiveData(LiveViewSettings Settings, KafkaSettings Kafka, RecentEvents Recent, EntryDirectory Directory, EventTail Tail, ManagementApi Management, HistoryReader? History)
{
    /// <summary>An event's time may be this much after Kafka's.</summary>
    private const long SkewMs = 600_000;

    /// <summary>How far an account's records are read. Asked for before what is to be shown, so that nothing falls between.</summary>
    public Position PositionOf(string accountId) => At(accountId, Tail.NextOffset);

    /// <summary>Whether all is here that came to the account since then.</summary>
    public bool Holds(string accountId, Position since)
    {
        var (first, next) = (At(accountId, Tail.FirstOffset), PositionOf(accountId));
        return since.Deployments >= first.Deployments && since.Alerts >= first.Alerts && since.Enrichments >= first.Enrichments
            // A position of another cluster, or of topics that were made anew.
            && since.Deployments <= next.Deployments && since.Alerts <= next.Alerts && since.Enrichments <= next.Enrichments;
    }

    /// <summary>Whether the tail has all that happened since then.</summary>
    public bool HasAllSince(long eventMs) => eventMs - SkewMs >= Recent.CompleteFromMs;

    /// <summary>What a page says that has nothing but the tail.</summary>
    public string OnlyTheTail(string why) => $"{why}: only what was reported since {Words.Utc(Recent.CompleteFromMs)} is shown.";

    private Position At(string accountId, Func<string, int, long> offset)
    {
        var partition = Tail.PartitionOf(accountId);
        return new(offset(Tail.Topics.Deployments, partition), offset(Tail.Topics.Alerts, partition), offset(Tail.Topics.Enrichments, partition));
    }
}
