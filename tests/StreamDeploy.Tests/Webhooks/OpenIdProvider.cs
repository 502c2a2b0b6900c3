using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>An OpenID Connect provider in this process: keys, tokens, and the code flow with PKCE, where whoever comes is let in as a person of the test's choice.</summary>
internal sealed class OpenIdProvider : IAsyncDisposable
{
    public const string ClientId = "the-live-view";

    private const string Audience = "streamdeploy";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, (string Challenge, string RedirectUri)> _codes = new();
    private readonly WebApplication _app;
    private readonly RsaSecurityKey _key;

    private OpenIdProvider()
    {
        _key = new RsaSecurityKey(_rsa) { KeyId = Guid.NewGuid().ToString() };
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", (HttpContext context) =>
        {
            // By the name that it was asked under.
            var here = "http://" + context.Request.Host;
            return Results.Text($$"""{"issuer":"{{Address}}","jwks_uri":"{{here}}/keys","authorization_endpoint":"{{here}}/authorize?tenant=1","token_endpoint":"{{here}}/token"}""", "application/json");
        });
        _app.MapGet("/keys", () =>
        {
            var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_rsa.ExportParameters(false)) { KeyId = _key.KeyId });
            return Results.Text($$"""{"keys":[{"kty":"RSA","use":"sig","kid":"{{jwk.Kid}}","n":"{{jwk.N}}","e":"{{jwk.E}}"}]}""", "application/json");
        });
        _app.MapGet("/authorize", Authorize);
        _app.MapPost("/token", (Delegate)ExchangeAsync);
    }

    public JwtSettings Settings => new() { Authority = Address, Audience = Audience, RequireHttps = false };

    public string Address => _app.Urls.First();

    /// <summary>Who comes next.</summary>
    public string? Account { get; set; } = "acme";

    public string[] Roles { get; set; } = ["read"];

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    public string TokenAudience { get; set; } = Audience;

    /// <summary>Lets nobody in.</summary>
    public bool Denies { get; set; }

    /// <summary>Asks before it lets anybody in, as providers do.</summary>
    public bool Asks { get; set; }

    /// <summary>Does not exchange codes any more.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Null: a public client.</summary>
    public string? ClientSecret { get; set; }

    public string? AskedScope { get; private set; }

    public static async Task<OpenIdProvider> StartAsync()
    {
        var provider = new OpenIdProvider();
        await provider._app.StartAsync();
        return provider;
    }

    public string Token(
        string? account = "acme", string[]? roles = null, string audience = Audience, TimeSpan? lifetime = null, TimeSpan startsIn = default, string? issuer = null)
    {
        var claims = new Dictionary<string, object> { ["sub"] = "user-1", ["roles"] = roles ?? [] };
        if (account is not null)
            claims["account"] = account;
        var end = DateTime.UtcNow + (lifetime ?? TimeSpan.FromMinutes(10));
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Address,
            Audience = audience,
            NotBefore = startsIn == default ? DateTime.UtcNow.AddHours(-1) : DateTime.UtcNow + startsIn,
            IssuedAt = DateTime.UtcNow.AddHours(-1),
            Expires = end,
            Claims = claims,
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.RsaSha256),
        });
    }

    // The old confusion: the public key is no secret, so a MAC made with it proves nothing.
    public string SignedWithPublicKey() => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Address,
        Audience = Audience,
        Expires = DateTime.UtcNow.AddMinutes(10),
        Claims = new Dictionary<string, object> { ["account"] = "acme", ["roles"] = "admin" },
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(_rsa.ExportSubjectPublicKeyInfo()) { KeyId = _key.KeyId }, SecurityAlgorithms.HmacSha256),
    });

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
    }

    private IResult Authorize(HttpContext context)
    {
        var query = context.Request.Query;
        if (query["client_id"] != ClientId || query["response_type"] != "code" || query["code_challenge_method"] != "S256" || query["code_challenge"].ToString().Length == 0 || query["tenant"] != "1")
            return Results.BadRequest("not a request for a code with PKCE");
        AskedScope = query["scope"];
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = (query["code_challenge"]!, query["redirect_uri"]!);
        var answer = Denies ? new Dictionary<string, string?> { ["error"] = "access_denied" } : new() { ["code"] = code };
        answer["state"] = query["state"];
        var back = QueryHelpers.AddQueryString(query["redirect_uri"]!, answer);
        return Asks
            ? Results.Text($"""<!doctype html><html lang="en"><head><title>Provider</title><link rel="icon" href="data:,"></head><body><a href="{HtmlEncoder.Default.Encode(back)}">Let me in</a></body></html>""", "text/html")
            : Results.Redirect(back);
    }

    private async Task<IResult> ExchangeAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (IsBroken)
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        var expected = ClientSecret is null ? "" : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{ClientSecret}"));
        // A code is good once, for whoever began, at the same address.
        return context.Request.Headers.Authorization.ToString() == expected && form["client_id"] == ClientId && form["grant_type"] == "authorization_code"
            && _codes.TryRemove(form["code"]!, out var begun) && begun.RedirectUri == form["redirect_uri"]
            && begun.Challenge == WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())))
            ? Results.Json(new { access_token = Token(Account, Roles, TokenAudience, Lifetime), token_type = "Bearer", expires_in = (int)Lifetime.TotalSeconds })
            : Results.Json(new { error = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest);
    }
}
