using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary>Who asks, and what they may do.</summary>
/// <param name="AccountId">Whose entries they see; null for the operator, who sees accounts only.</param>
/// <param name="Scopes">ADMIN holds WRITE, and WRITE holds READ.</param>
/// <param name="Actor">For the audit: api-key/ID, jwt/SUBJECT or operator.</param>
/// <param name="LimitKey">What their requests are counted under.</param>
internal sealed record Caller(string? AccountId, IReadOnlyCollection<ApiScope> Scopes, string Actor, string LimitKey)
{
    public bool IsOperator => AccountId is null;

    public bool May(ApiScope scope) => IsOperator || scope switch
    {
        ApiScope.READ => Scopes.Any(given => given is ApiScope.READ or ApiScope.WRITE or ApiScope.ADMIN),
        ApiScope.WRITE => Scopes.Any(given => given is ApiScope.WRITE or ApiScope.ADMIN),
        _ => Scopes.Contains(scope),
    };
}
