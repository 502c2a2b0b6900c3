using System.Diagnostics.CodeAnalysis;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Why a request makes no event: the HTTP status and the body <c>{code, message, field}</c> that says so.</summary>
/// <remarks>
/// Status 200 means real but not wanted (filtered, another event type): a provider that gets 4xx for those may disable the hook for good, as
/// GitLab does. A message names the field and the rule, and never holds a key, a secret or the sender's text at length.
/// </remarks>
public sealed record Refusal(int Status, string Code, string Message, string? Field = null)
{
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Nothing is wrong with the request.</summary>
    public static Refusal Unavailable(string message, TimeSpan retryAfter) => new(503, "UNAVAILABLE", message) { RetryAfterSeconds = (int)Math.Ceiling(retryAfter.TotalSeconds) };

    public static Refusal NotWanted(string code, string reason) => new(200, code, reason);

    public static Refusal Invalid(string field, string message) => new(400, "INVALID_FIELD", message, field);

    public static Refusal Missing(string field) => new(400, "MISSING_FIELD", $"{field} is missing", field);
}

/// <summary>What was read from a request: an event, or why there is none. Exactly one of the two is there.</summary>
public sealed class Reading<T>
    where T : class
{
    public Reading(T value) => Event = value;

    public Reading(Refusal refusal) => Refusal = refusal;

    public T? Event { get; }

    public Refusal? Refusal { get; }

    /// <summary>Of a request with many events those that are none, while the others are there.</summary>
    public IReadOnlyList<Refusal> Refused { get; init; } = [];

    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = Event;
        refusal = Refusal;
        return value is not null;
    }
}
