metadata description = 'The roles of many subscriptions in one place, after main.bicep: see docs/deploy.md.'

targetScope = 'managementGroup'

@description('The same as in main.bicep.')
@minLength(2)
@maxLength(24)
param environmentName string

@description('The same as in main.bicep.')
@allowed(['audit', 'enforce'])
param mode string = 'audit'

@description('The same as in main.bicep.')
param grantsAccess bool = false

@description('The same as in main.bicep.')
param renewsInstances bool = false

@description('Object id of the app\'s identity: main.bicep\'s output HUBWARDEN_APP_PRINCIPAL.')
@minLength(36)
@maxLength(36)
param principalId string

// Why it is a deployment of its own: Bicep lets none of a subscription reach up to a management group (BCP115). The
// roles for keys have data actions, which no custom role may have there; main.bicep gives them in each subscription
// (learn.microsoft.com/azure/role-based-access-control/custom-roles#custom-role-limits).
var condition = trim(loadTextContent('access-granter-condition.txt'))

var known = [
  {
    key: 'reader'
    file: loadJsonContent('reader-role.json')
    wanted: true
    condition: ''
  }
  {
    key: 'enforcer'
    file: loadJsonContent('enforcer-role.json')
    wanted: mode == 'enforce'
    condition: ''
  }
  {
    key: 'access-granter'
    file: loadJsonContent('access-granter-role.json')
    wanted: mode == 'enforce' && grantsAccess
    condition: condition
  }
  {
    key: 'instance-renewer'
    file: loadJsonContent('instance-renewer-role.json')
    wanted: mode == 'enforce' && renewsInstances
    condition: ''
  }
]

// As in modules/roles.bicep: a role that is not wanted any more stays and allows nothing.
var scope = managementGroup().id
var nothing = ['Microsoft.Resources/subscriptions/read']

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in known: {
    name: guid(managementGroup().id, environmentName, role.key)
    properties: {
      roleName: '${role.file.Name} (${environmentName})'
      description: role.wanted ? role.file.Description : 'Not in use, and allows nothing. ${role.file.Description}'
      type: 'CustomRole'
      permissions: [
        {
          actions: role.wanted ? role.file.Actions : nothing
          notActions: []
          dataActions: []
          notDataActions: []
        }
      ]
      assignableScopes: [scope]
    }
  }
]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (role, at) in known: if (role.wanted) {
    name: guid(managementGroup().id, principalId, role.key)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: definitions[at].id
      condition: empty(role.condition) ? null : role.condition
      conditionVersion: empty(role.condition) ? null : '2.0'
    }
  }
]
