using System.Globalization;

namespace StreamDeploy.Connectors.LiveView.Tail;

/// <summary>How far an account's records have been shown: the next offset of each topic in the account's partition.</summary>
/// <remarks>It means the same to every process that reads these topics, so a browser may go on elsewhere, or after a restart.</remarks>
public readonly record struct Position(long Deployments, long Alerts, long Enrichments)
{
    /// <summary>As the id of a server-sent event.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Deployments}-{Alerts}-{Enrichments}");

    public static bool TryParse(string? text, out Position position)
    {
        position = default;
        if (text?.Split('-') is not [var deployments, var alerts, var enrichments] || !IsOffset(deployments, out var d) || !IsOffset(alerts, out var a) || !IsOffset(enrichments, out var e))
            return false;
        position = new(d, a, e);
        return true;
    }

    private static bool IsOffset(string text, out long offset) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
}
