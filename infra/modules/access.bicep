metadata description = 'What the app may do in one governed subscription.'

targetScope = 'subscription'

@description('Object id of the app\'s identity.')
param principalId string

@description('The roles, as modules/roles.bicep tells them.')
param roles array

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: if (role.wanted) {
    name: guid(subscription().id, principalId, role.key)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.name)
      condition: empty(role.condition) ? null : role.condition
      conditionVersion: empty(role.condition) ? null : '2.0'
    }
  }
]
