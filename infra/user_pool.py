"""Who signs in where the stage names no identity provider of its own: a Cognito user pool, made with the stack."""

from typing import Any, cast

from aws_cdk import Aws, Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from easel.settings import Issuer
from infra import issuer_presets, retention
from infra.stages import Stage

NAME = "main"  # the middle of every owner's name, for good


class People(Construct):
    """A pool that only an operator adds people to (`easel users`), with sign-in pages that hand out codes, by PKCE."""

    def __init__(self, scope: Construct, *, stage: Stage, public_url: str) -> None:
        super().__init__(scope, "People")
        kept = stage.retention.protect
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
                temp_password_validity=Duration.days(3),
            ),
            mfa=cognito.Mfa.REQUIRED,  # by an authenticator app, which the sign-in pages set up at the first sign-in
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            **(_watched() if stage.threat_protection else {}),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=kept,
            removal_policy=retention.removal_of_guarded(stage),
        )
        prefix = f"easel-{stage.name}-{Aws.ACCOUNT_ID}"  # unique in the region, across all accounts
        domain = self.pool.add_domain("Pages", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix))
        here = f"{public_url}/"
        self.client = self.pool.add_client(
            "Page",
            generate_secret=False,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
                callback_urls=[here],
                logout_urls=[here],
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            access_token_validity=Duration.hours(8),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.hours(8),
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
        )
        # By the sign-in pages alone. CDK names no flow for an empty `AuthFlow`, and then Cognito opens SRP to anybody.
        flows = cast(cognito.CfnUserPoolClient, self.client.node.default_child)
        flows.explicit_auth_flows = ["ALLOW_REFRESH_TOKEN_AUTH"]
        self._host = f"{domain.domain_name}.auth.{Aws.REGION}.amazoncognito.com"

    def issuer(self) -> Issuer:
        """The pool as the authorizer and the page are told of it."""
        url = f"https://cognito-idp.{Aws.REGION}.amazonaws.com/{self.pool.user_pool_id}"
        fields: dict[str, Any] = {
            "name": NAME,
            "issuer": url,
            "jwks_url": f"{url}/.well-known/jwks.json",
            "audience": self.client.user_pool_client_id,
            "audience_claim": "client_id",
            "token_use": "access",
            "algorithms": ("RS256",),
            "sign_in": issuer_presets.cognito_sign_in(self._host, self.client.user_pool_client_id),
        }
        return Issuer.model_validate(fields)


def _watched() -> dict[str, Any]:
    """Passwords known to be stolen are refused, and odd sign-ins challenged."""
    return {
        "feature_plan": cognito.FeaturePlan.PLUS,
        "standard_threat_protection_mode": cognito.StandardThreatProtectionMode.FULL_FUNCTION,
    }
