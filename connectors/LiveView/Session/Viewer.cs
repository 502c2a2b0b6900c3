using System.Globalization;
using System.Security.Claims;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Session;

/// <summary>Who looks at the page, and what they may do.</summary>
/// <param name="AccountId">Whose entries they see: nothing of another's.</param>
/// <param name="AccountName">For the page's head.</param>
/// <param name="Actor">api-key/ID or jwt/SUBJECT.</param>
/// <param name="Scopes">As the management API says.</param>
/// <param name="Token">What they signed in with: the management API is asked with it.</param>
public sealed record Viewer(string AccountId, string AccountName, string Actor, IReadOnlyList<ApiScope> Scopes, string Token)
{
    public const string AccountClaim = "account", NameClaim = "account-name", ActorClaim = "actor", ScopeClaim = "scope", TokenClaim = "token";

    /// <summary>When the management API last said that the token holds.</summary>
    public const string CheckedClaim = "checked";

    public bool MayRead => Scopes.Any(scope => scope is ApiScope.READ or ApiScope.WRITE or ApiScope.ADMIN);

    public bool MayWrite => Scopes.Any(scope => scope is ApiScope.WRITE or ApiScope.ADMIN);

    public static Viewer? Of(ClaimsPrincipal user) => user.FindFirstValue(AccountClaim) is { Length: > 0 } account && user.FindFirstValue(TokenClaim) is { } token
        ? new(account, user.FindFirstValue(NameClaim) ?? account, user.FindFirstValue(ActorClaim) ?? "",
            [.. user.FindAll(ScopeClaim).Select(claim => Enum.TryParse<ApiScope>(claim.Value, out var scope) ? scope : ApiScope.NONE)], token)
        : null;

    public ClaimsPrincipal ToPrincipal(long checkedMs) => new(new ClaimsIdentity(
        [
            // By this a form knows whose it is; all claims together would be others after each check.
            new("sub", $"{AccountId}/{Actor}"),
            new(AccountClaim, AccountId), new(NameClaim, AccountName), new(ActorClaim, Actor), new(TokenClaim, Token),
            new(CheckedClaim, checkedMs.ToString(CultureInfo.InvariantCulture)),
            .. Scopes.Select(scope => new Claim(ScopeClaim, scope.ToString())),
        ], "session"));

    // A record prints all its properties: the token is a secret.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"AccountId = {AccountId}, Actor = {Actor}");
        return true;
    }
}
