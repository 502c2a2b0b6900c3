using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Connectors.LiveView.Pictures;
using StreamDeploy.Connectors.LiveView.Tail;

namespace StreamDeploy.Connectors.LiveView.Deployments;

/// <summary>A change in the list.</summary>
/// <param name="Change">What it is.</param>
/// <param name="Entries">The names of pipelines.</param>
/// <param name="Suspicions">The alerts that it is suspected of, likeliest first.</param>
public sealed record ChangeRow(Change Change, Entries Entries, IReadOnlyList<Suspicion> Suspicions)
{
    /// <summary>What is less likely is worth a look on the alert's page, not a mark in the list: every change near an alert has some of it.</summary>
    private const double LikelyMin = 0.1;

    public IReadOnlyList<Suspicion> Likely => [.. Suspicions.Where(suspicion => suspicion.Probability >= LikelyMin)];

    /// <summary>Whether it looks the same.</summary>
    public bool Equals(ChangeRow? other) =>
        other is not null && ReferenceEquals(Change, other.Change) && ReferenceEquals(Entries, other.Entries) && Suspicions.SequenceEqual(other.Suspicions);

    public override int GetHashCode() => HashCode.Combine(Change, Suspicions.Count);
}

/// <summary>What the filter may be set to.</summary>
public sealed record Choices(IReadOnlyList<string> Services, IReadOnlyList<string> Environments);

/// <summary>The page of deployments.</summary>
/// <param name="Filter">By the address.</param>
/// <param name="Rows">The newest first.</param>
/// <param name="Total">How many match, of which the rows are the newest.</param>
/// <param name="Picture">Over the list.</param>
/// <param name="Choices">For the filter.</param>
/// <param name="Entries">The account's tables.</param>
/// <param name="Position">Up to which it is; what comes after it, the browser is told.</param>
/// <param name="Note">What keeps it from being whole; null for nothing.</param>
public sealed record DeploymentsModel(
    ChangeFilter Filter, IReadOnlyList<ChangeRow> Rows, int Total, Timeline Picture, Choices Choices, Entries Entries, Position Position, string? Note);
