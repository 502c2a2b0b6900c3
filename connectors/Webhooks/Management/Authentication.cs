using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary>Who holds a bearer token: the operator, an API key, or somebody an OpenID Connect provider vouches for.</summary>
internal sealed class Authentication(IngestSettings settings, Entities entities)
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    private readonly JsonWebTokenHandler _tokens = new() { MapInboundClaims = false };
    private readonly ConfigurationManager<OpenIdConnectConfiguration>? _provider = settings.Jwt is { } jwt
        ? new(jwt.Authority.TrimEnd('/') + "/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever { RequireHttps = jwt.RequireHttps })
        : null;

    private static readonly Refusal Unknown = new(401, "UNAUTHORIZED", "Authorization: Bearer with an API key is missing, or the key is not known or not valid any more");

    private static readonly Refusal Invalid = Unknown with { Message = "the token is not valid here" };
    private static readonly ApiScope[] Scopes = Enum.GetValues<ApiScope>();

    public async Task<Reading<Caller>> AuthenticateAsync(HttpContext context)
    {
        if (TokenProof.BearerOf(context.Request.Headers) is not { Length: > 0 } token)
            return new(Unknown);
        var hash = IntegrationKey.Hash(token);
        if (settings.OperatorKeyHash is { } operatorHash && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(operatorHash)))
            return new(new Caller(null, [], "operator", hash));
        if (entities.FindApiKey(token) is { } key)
            return new(new Caller(key.AccountId, key.Scopes, $"api-key/{key.Id}", hash));
        return settings.Jwt is { } jwt && token.Count(c => c == '.') == 2 ? await FromTokenAsync(token, jwt, context.RequestAborted) : new(Unknown);
    }

    private async Task<Reading<Caller>> FromTokenAsync(string token, JwtSettings jwt, CancellationToken cancellationToken)
    {
        try
        {
            await _provider!.GetConfigurationAsync(cancellationToken);
        }
        catch (Exception problem) when (problem is InvalidOperationException or IOException or HttpRequestException)
        {
            return new(Refusal.Unavailable("the OpenID Connect provider's keys cannot be fetched now", settings.RetryAfter));
        }

        var result = await _tokens.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ConfigurationManager = _provider,
            ValidAudience = jwt.Audience,
            ClockSkew = ClockSkew,
            LifetimeValidator = IsWithinLifetime,
            // Asymmetric ones only: nobody signs with what the provider publishes.
            ValidAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
        });
        if (!result.IsValid)
            return new(Invalid);
        if (Texts(result, jwt.AccountClaim) is not [var accountId, ..])
            return new(new Refusal(403, "FORBIDDEN", $"the token has no claim {jwt.AccountClaim}, which says whose account it is for"));
        var scopes = Texts(result, jwt.RoleClaim).SelectMany(value => value.Split(' ')).Select(role => ScopeOf(role, jwt.RolePrefix)).Where(scope => scope != ApiScope.NONE).Distinct().ToList();
        var subject = Webhooks.Texts.Cut(Texts(result, "sub").FirstOrDefault() ?? "unknown", Webhooks.Texts.NameMax);
        return new(new Caller(accountId, scopes, "jwt/" + subject, $"jwt/{accountId}/{subject}"));
    }

    private bool IsWithinLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = settings.Clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + ClockSkew && !(now < notBefore - ClockSkew);
    }

    private static List<string> Texts(TokenValidationResult result, string claim) =>
        [.. result.ClaimsIdentity.FindAll(claim).Select(found => found.Value).Where(value => value.Length > 0)];

    private static ApiScope ScopeOf(string role, string prefix) =>
        role.StartsWith(prefix, StringComparison.Ordinal) && Array.Find(Scopes, scope => role.AsSpan(prefix.Length).Equals(scope.ToString(), StringComparison.OrdinalIgnoreCase)) is var found
            ? found
            : ApiScope.NONE;
}
